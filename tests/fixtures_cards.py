"""Virtual card readers for tests: pcscd with two readers for the whole session, a SAM module for each test."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from devices.card_reader.api import NoCard
from devices.card_reader.sam_hid import HidLine, Reports
from devices.card_reader.sam_serial import SerialLine
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.sam_module import VirtualSamModule
from tests.contract.card_stacks import PcscStack, SamStack, Stack, until


@pytest.fixture(scope="session")
def session_pcscd() -> Iterator[VirtualPcscd]:
    """Run a pcscd for this process alone: libpcsclite keeps the first socket path it was told."""
    with VirtualPcscd(readers=2) as pcscd:
        os.environ.update(pcscd.environment)
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
