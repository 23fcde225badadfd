"""A bad network between a real terminal's client and a real centre: whatever it does, each envelope is stored once."""

import asyncio
import sqlite3  # noqa: TID251 - the centre's file, looked at from outside
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.store import Store, Terminal
from kiosk.sync import rounds
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreError
from kiosk.sync.limits import LIMITS_S
from tests.central.faulty_line import Fault, FaultyLine
from tests.central.playing import CITIZEN
from tests.central.serving import environment_for, run, serving
from wire.clock import SystemClock
from wire.messages import Enrolment, EnrolmentRequest

pytestmark = pytest.mark.slow
_LOAD = """
from tests.central.playing import open_centre
open_centre()
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """A running centre with its database file, and a terminal that is enrolled there."""

    port: int
    database: Path
    terminal: Terminal
    store: Store

    def stored(self) -> list[str]:
        """Return the numbers of the centre's cases, and fail when it had to quarantine anything."""
        with closing(sqlite3.connect(self.database)) as connection:
            assert connection.execute("SELECT count(*) FROM fleet_quarantine").fetchone() == (0,)
            return [number for (number,) in connection.execute("SELECT number FROM cases_case ORDER BY number")]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    data = tmp_path_factory.mktemp("centre")
    environment = environment_for(data)
    run(environment, "init")
    run(environment, "shell", "--no-imports", "-c", _LOAD)
    with serving(environment, workers=1) as centre:
        key = Ed25519PrivateKey.generate()
        request = EnrolmentRequest(
            code=centre.new_terminal("一号机"), public_key=key.public_key().public_bytes_raw(), version="test"
        )
        terminal = Terminal(key, asyncio.run(enrolled(centre.url, request)))
        with Store.open(tmp_path_factory.mktemp("terminal") / "terminal.sqlite3", SystemClock(), terminal) as store:
            yield Stand(urlsplit(centre.url).port or 0, data / "centre.sqlite3", terminal, store)


async def enrolled(url: str, request: EnrolmentRequest) -> Enrolment:
    async with CentreClient(url, SystemClock()) as client:
        return await client.enrol(request)


async def strike(stand: Stand, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> str:
    """Submit, let a push meet the fault, heal the line, push again; return the code told while it was bad."""
    before, store = stand.stored(), stand.store
    slips = [store.cases.submit("food-licence", CITIZEN, {}).case_number for _ in range(5)]
    async with (
        FaultyLine(stand.port).carrying() as line,
        CentreClient(f"http://127.0.0.1:{line.own_port}", SystemClock(), terminal=stand.terminal) as client,
    ):
        line.fault = fault
        with monkeypatch.context() as patch:
            if fault is Fault.STALLS:
                patch.setitem(LIMITS_S, "push", 2.0)
            with pytest.raises(CentreError) as told:
                await rounds.push(store, client)
        assert line.struck
        assert store.outbox.queue().queued == len(slips), "nothing leaves without a receipt"
        line.fault = None
        line.hang_up()
        assert await rounds.push(store, client) == len(slips)
        assert store.outbox.queue().queued == 0
    assert stand.stored() == sorted([*before, *slips])
    return told.value.code


@pytest.mark.fault("line drops", code="centre.unreachable")
async def test_words_lost_on_the_way(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is cut before the centre hears leaves the queue as it was; healed, all is stored once."""
    assert await strike(stand, Fault.DROPS, monkeypatch) == "centre.unreachable"


@pytest.mark.fault("line resets", code="centre.unreachable")
async def test_answer_lost_by_a_reset(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset after the centre stored the batch, before its answer came: sent again, all is there once."""
    assert await strike(stand, Fault.RESETS, monkeypatch) == "centre.unreachable"


@pytest.mark.fault("line stalls", code="centre.unreachable")
async def test_answer_that_never_comes(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open line that carries no answer ends within the call's limit; sent again, all is there once."""
    assert await strike(stand, Fault.STALLS, monkeypatch) == "centre.unreachable"


@pytest.mark.fault("line answers half", code="centre.unreachable")
async def test_half_an_answer(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an answer is none: nothing of it is believed; sent again, all is there once."""
    assert await strike(stand, Fault.HALF, monkeypatch) == "centre.unreachable"


@pytest.mark.fault("line answers garbage", code="centre.unreachable")
async def test_bytes_that_are_no_answer(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that are no HTTP are as good as no answer; sent again, all is there once."""
    assert await strike(stand, Fault.GARBAGE, monkeypatch) == "centre.unreachable"


@pytest.mark.fault("line answers garbage", code="wire.malformed")
async def test_somebody_elses_page(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """A captive portal that answers 200 with a page of its own is no centre, and has a code that says so."""
    assert await strike(stand, Fault.FOREIGN, monkeypatch) == "wire.malformed"
