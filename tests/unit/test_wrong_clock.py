"""A clock that is wrong by years, or jumps: no number is given twice, nothing overtakes, nothing stands still."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.doctor.findings import Grade
from kiosk.doctor.terminal import time as look_at_the_clock
from kiosk.store import Store
from kiosk.sync.client import CentreClient
from kiosk.sync.process import Synchroniser
from tests.pretend_centre import URL, PretendCentre
from tests.terminal_parts import CITIZEN, TERMINAL, StandingClock
from wire.clock import ClockQuality

YEARS = timedelta(days=3653)
JUMPS = (timedelta(0), -YEARS, YEARS * 2, -YEARS, timedelta(days=-1), timedelta(days=1))


@pytest.mark.fault("wrong clock", code="terminal.clock_uncertain")
def test_an_unsynchronised_clock_is_found_and_said(tmp_path: Path) -> None:
    """The doctor names it, every stamp says so, and the terminal serves all the same."""
    clock = StandingClock(trust=ClockQuality.UNCERTAIN)
    finding = look_at_the_clock(clock)
    assert finding.grade is not Grade.WELL
    assert finding.code == "terminal.clock_uncertain"
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
        store.cases.submit("item", CITIZEN, {})
        assert [one.header.clock for one in store.outbox.pending(10)] == [ClockQuality.UNCERTAIN]


@pytest.mark.fault("wrong clock")
def test_numbers_and_order_survive_jumps_of_years(tmp_path: Path) -> None:
    """Ten years back, twenty on, and home again: ids and case numbers stay unique, and the queue keeps its order."""
    clock = StandingClock()
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
        slips = []
        for jump in JUMPS:
            clock.at += jump
            slips += [store.cases.submit("item", CITIZEN, {}).case_number for _ in range(2)]
        queued = store.outbox.pending(100)
        assert len(set(slips)) == len(slips)
        assert len({one.header.id for one in queued}) == len(queued) == len(slips)
        assert [one.header.sequence for one in queued] == list(range(1, len(slips) + 1))
        assert {one.header.id.version for one in queued} == {7}
        store.check()


@pytest.mark.fault("wrong clock")
@pytest.mark.parametrize("jump", [YEARS, -YEARS], ids=["+10 years", "-10 years"])
async def test_the_sync_process_keeps_its_pace(tmp_path: Path, jump: timedelta) -> None:
    """What is due goes by time that never jumps: no burst after a leap forward, no standstill after one back."""
    clock = StandingClock()
    centre = PretendCentre(clock)
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
        async with CentreClient(URL, clock, terminal=TERMINAL, transport=centre.transport()) as client:
            process = Synchroniser(store, client, clock, program_version="0", random_source=lambda: 0.0)
            asked = []
            for minute in range(6):
                if minute == 3:
                    clock.at += jump
                before = len(centre.requests)
                await process.tick()
                asked.append(len(centre.requests) - before)
                clock.pass_(60)
    assert asked == [2] * 6, "a pull and a heartbeat a minute"
