"""One terminal on virtual hardware for all end-to-end tests of a run."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio

from demo.centre import CentreServer
from demo.play import Stand, set_up_terminal
from tests.end_to_end.town import PAGE_S, Town


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stand(centre: CentreServer) -> AsyncIterator[Stand]:
    """Give a new terminal at that centre, started."""
    with tempfile.TemporaryDirectory(prefix="e2e-") as folder:
        async with AsyncExitStack() as stack:
            yield await set_up_terminal(Path(folder), centre, stack, page_s=PAGE_S)


@pytest_asyncio.fixture(loop_scope="session")
async def town(stand: Stand) -> AsyncIterator[Town]:
    """Give that terminal, waiting for a citizen; afterwards everything is mended and it waits again."""
    town = Town(stand)
    await town.glass.see("Attract", timeout_s=60)
    yield town
    await town.tidy_up()
