"""The clock set at the technician's screen: offered where no network tells the time, and only there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from kiosk.clock_setting import ClockNotSet, ClockRight
from kiosk.set_up import Tools
from kiosk.staff import Staff
from kiosk.stage import Attract, Chosen, Done, EnterDigits, StaffAsked, Technician
from kiosk.status_board import StatusBoard
from kiosk.technician_pin import PinGate, make_hash
from tests.fakes.stage import BACK, NOTHING, Row, like
from tests.fakes.terminal import FakeTerminal
from wire.clock import ClockQuality

PIN, MORNING = "40718293", "202611250930"
IN: list[Row] = [(like(Attract, staff_entry=True), StaffAsked.STAFF_ASKED), (like(EnterDigits, title="PIN"), PIN)]
ASKED = like(EnterDigits, title="Set the clock")


class Unit:
    """What setting the clock comes to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[str] = []

    async def ask(self, digits: str) -> None:
        self.asked.append(digits)
        if self.error is not None:
            raise self.error


@pytest.fixture
def staffed(tmp_path: Path) -> Iterator[FakeTerminal]:
    made = FakeTerminal(tmp_path)
    made.clock.trust = ClockQuality.UNCERTAIN
    made.staff = Staff(
        gate=PinGate(make_hash(PIN, bytes(16)), made.store.settings, made.clock),
        board=StatusBoard([("printer", made.printer)], made.clock),
        cameras={},
        printers={},
        facts=tuple,
        tools=cast("Tools", object()),
    )
    yield made
    made.store.close()


def played(staffed: FakeTerminal, unit: Unit, *rows: Row) -> Technician:
    """Play it; return the technician's screen after it."""
    assert staffed.staff is not None
    staffed.staff = replace(staffed.staff, set_clock=unit.ask)
    stage = staffed.play([*IN, *rows, (Technician, Done.DONE), (Attract, NOTHING)])
    return [view for view in stage.views if isinstance(view, Technician)][-1]


def test_it_is_set(staffed: FakeTerminal) -> None:
    """What is no time is asked for again; then the clock is set, and what it is now stands there."""
    unit = Unit()
    again = like(EnterDigits, problem="terminal.time_wrong")
    shown = played(staffed, unit, (Technician, Chosen("clock")), (ASKED, "202613250930"), (again, MORNING))
    assert unit.asked == [MORNING]
    assert shown.result is not None
    assert shown.result.problem is None
    assert "2026-11-25 09:30" in shown.result.message.zh


@pytest.mark.parametrize(("error", "number"), [(ClockRight("x"), 1055), (ClockNotSet("x"), 1056)])
def test_why_it_was_not_set(staffed: FakeTerminal, error: ClockNotSet, number: int) -> None:
    """The number and what to do."""
    shown = played(staffed, Unit(error), (Technician, Chosen("clock")), (ASKED, MORNING))
    assert shown.result is not None
    assert shown.result.problem is not None
    assert shown.result.problem.number == number


def test_thought_better_of(staffed: FakeTerminal) -> None:
    """Going back sets nothing."""
    unit = Unit()
    assert played(staffed, unit, (Technician, Chosen("clock")), (ASKED, BACK)).result is None
    assert unit.asked == []


@pytest.mark.parametrize("quality", ClockQuality)
def test_offered_only_where_nobody_else_sets_it(staffed: FakeTerminal, quality: ClockQuality) -> None:
    """A clock that the network sets is not to be set by hand."""
    staffed.clock.trust = quality
    shown = played(staffed, Unit())
    assert ("clock" in [tool.key for tool in shown.tools]) is (quality is ClockQuality.UNCERTAIN)
