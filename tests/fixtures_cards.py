"""Virtual card readers for tests: pcscd with two slots for the whole session, a SAM module for each test."""

import os
from collections.abc import Iterator

import pytest

from devices.card_reader.sam_hid import Reports
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.sam_module import VirtualSamModule


@pytest.fixture(scope="session")
def session_pcscd() -> Iterator[VirtualPcscd]:
    """Run a pcscd for this process alone: libpcsclite keeps the first socket path it was told."""
    with VirtualPcscd() as pcscd:
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
