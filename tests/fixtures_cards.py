"""Virtual card readers for tests: pcscd with two readers for the whole session, a SAM module for each test."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from devices.card_reader.api import NoCard
from devices.card_reader.sam_hid import HidLine, Reports
from devices.card_reader.sam_serial import SerialLine
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.sam_module import VirtualSamModule
from tests.contract.card_stacks import PcscStack, SamStack, Stack, until

# libpcsclite keeps the first path of a socket that it was told: it is told before any test can make it ask.
_DIRECTORY = Path(tempfile.mkdtemp(prefix="pcscd-"))
os.environ["PCSCLITE_CSOCK_NAME"] = str(_DIRECTORY / "pcscd.comm")


def pytest_unconfigure() -> None:
    """Leave nothing where no test wanted a reader."""
    shutil.rmtree(_DIRECTORY, ignore_errors=True)


@pytest.fixture(scope="session")
def session_pcscd() -> Iterator[VirtualPcscd]:
    """Run a pcscd for this process alone."""
    with VirtualPcscd(readers=2, directory=_DIRECTORY) as pcscd:
        assert pcscd.environment.items() <= os.environ.items()
        yield pcscd


@pytest.fixture
def virtual_pcscd(session_pcscd: VirtualPcscd) -> Iterator[VirtualPcscd]:
    """Give the running pcscd, with empty slots."""
    session_pcscd.start()
    yield session_pcscd
    for slot in session_pcscd.slots:
        slot.remove()


@pytest.fixture
def virtual_hid_sam() -> Iterator[VirtualSamModule]:
    """Plug in a SAM module that speaks USB HID."""
    with VirtualSamModule(Reports()) as module:
        yield module


@pytest.fixture
def virtual_sam() -> Iterator[VirtualSamModule]:
    """Plug in a SAM module with no card on it."""
    with VirtualSamModule() as module:
        yield module


@pytest.fixture(params=["pcsc", "sam", "hid"])
async def card_stack(request: pytest.FixtureRequest) -> AsyncIterator[Stack]:
    """Each driver in turn, ready and empty."""
    made: Stack
    if request.param == "pcsc":
        made = PcscStack(request.getfixturevalue("virtual_pcscd"))
    elif request.param == "sam":
        made = SamStack(request.getfixturevalue("virtual_sam"), SerialLine)
    else:
        made = SamStack(request.getfixturevalue("virtual_hid_sam"), HidLine)
    await until(made.reader, NoCard)
    yield made
    made.remove()
    await made.reader.aclose()
