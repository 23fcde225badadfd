"""One terminal's queue, as the sync process and the application have it open, and a pretended centre."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from kiosk.store import Store
from kiosk.sync.client import CentreClient
from kiosk.sync.process import Synchroniser
from tests.pretend_centre import URL, PretendCentre
from tests.terminal_parts import TERMINAL, StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def centre(clock: StandingClock) -> PretendCentre:
    return PretendCentre(clock)


@pytest.fixture
def store(tmp_path: Path, clock: StandingClock) -> Iterator[Store]:
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
        yield store


@pytest.fixture
def app(tmp_path: Path, clock: StandingClock) -> Iterator[Store]:
    """Open the application's own connection to the same file."""
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as app:
        yield app


@pytest.fixture
async def client(clock: StandingClock, centre: PretendCentre) -> AsyncIterator[CentreClient]:
    async with CentreClient(URL, clock, terminal=TERMINAL, transport=centre.transport()) as client:
        yield client


@pytest.fixture
def process(store: Store, client: CentreClient, clock: StandingClock) -> Synchroniser:
    return Synchroniser(store, client, clock, program_version="0.1.0", random_source=lambda: 0.0)
