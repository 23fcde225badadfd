"""The clock set at the technician's screen: offered where no network tells the time, and only there."""

from dataclasses import replace

import pytest

from kiosk.clock_setting import ClockNotSet, ClockRight
from kiosk.stage import Chosen, EnterDigits, Technician
from tests.fakes.staff import left
from tests.fakes.stage import BACK, Row, like
from tests.fakes.terminal import FakeTerminal
from wire.clock import ClockQuality

MORNING = "202611250930"
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
def staffed(staffed: FakeTerminal) -> FakeTerminal:
    """Nobody else sets the clock."""
    staffed.clock.trust = ClockQuality.UNCERTAIN
    return staffed


def played(staffed: FakeTerminal, unit: Unit, *rows: Row) -> Technician:
    """Play it; return the technician's screen after it."""
    assert staffed.staff is not None
    staffed.staff = replace(staffed.staff, set_clock=unit.ask)
    return left(staffed, *rows)


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
