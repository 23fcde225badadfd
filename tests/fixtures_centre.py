"""One centre on a private PostgreSQL for all tests of a run that want a real one."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from demo.centre import CentreServer
from tests.central.postgres import private_server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CentreServer]:
    """Give the real centre, serving HTTP on loopback, on PostgreSQL."""
    with private_server() as postgres:
        server = CentreServer(tmp_path_factory.mktemp("centre"), postgres.create("centre"))
        await server.prepare()
        await server.start()
        yield server
        await server.stop()
