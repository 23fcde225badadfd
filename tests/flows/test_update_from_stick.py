"""The technician's screen brings a release from a stick, and says in words what is wrong with another."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from kiosk.set_up import Tools
from kiosk.staff import Staff
from kiosk.stage import Attract, Chosen, Done, EnterDigits, SetUpPage, StaffAsked, Technician
from kiosk.status_board import StatusBoard
from kiosk.technician_pin import PinGate, make_hash
from kiosk.updates.errors import FolderUnusable, StickRefused
from tests.fakes.stage import BACK, NOTHING, Row, like
from tests.fakes.terminal import FakeTerminal

PIN = "40718293"
IN: list[Row] = [(like(Attract, staff_entry=True), StaffAsked.STAFF_ASKED), (EnterDigits, PIN)]
STAGED = "2026.2"


class Stick:
    """What taking the release from it comes to."""

    def __init__(self, outcome: str | Exception) -> None:
        self.outcome = outcome
        self.taken = 0

    async def take(self) -> str:
        self.taken += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def staffed(tmp_path: Path) -> Iterator[FakeTerminal]:
    made = FakeTerminal(tmp_path)
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


def result_of(staffed: FakeTerminal, stick: Stick, *rows: Row) -> Technician:
    """Play an update; return the technician's screen after it."""
    assert staffed.staff is not None
    staffed.staff = replace(staffed.staff, update=stick.take)
    asked: list[Row] = [*IN, (Technician, Chosen("update")), *rows, (Technician, Done.DONE), (Attract, NOTHING)]
    stage = staffed.play(asked)
    return [view for view in stage.views if isinstance(view, Technician)][-1]


def test_a_release_is_taken(staffed: FakeTerminal) -> None:
    """Plugged in, started, waited for; then the screen says which version it was, and that the stick may go."""
    stick = Stick(STAGED)
    shown = result_of(staffed, stick, (SetUpPage, Done.DONE))
    assert shown.result is not None
    assert "2026.2" in shown.result.message.zh
    assert "2026.2" in shown.result.message.en
    assert (shown.result.problem, stick.taken) == (None, 1)


@pytest.mark.fault("hostile stick", code="update.forged")
@pytest.mark.parametrize(
    ("error", "number"),
    [(StickRefused("update.forged"), 1101), (FolderUnusable("no stick"), 1107), (StickRefused("update.older"), 1103)],
    ids=["forged", "no stick", "older"],
)
def test_what_is_wrong_is_said_with_its_number(staffed: FakeTerminal, error: Exception, number: int) -> None:
    """A stick that is refused, missing or unreadable changes nothing; the screen says why and what to do."""
    shown = result_of(staffed, Stick(error), (SetUpPage, Done.DONE))
    assert shown.result is not None
    assert shown.result.problem is not None
    assert shown.result.problem.number == number
    assert shown.result.advice is not None


def test_thought_better_of(staffed: FakeTerminal) -> None:
    """Going back takes nothing from the stick."""
    stick = Stick(STAGED)
    assert result_of(staffed, stick, (SetUpPage, BACK)).result is None
    assert stick.taken == 0


def test_only_where_it_can_be_done(staffed: FakeTerminal) -> None:
    """Where nothing takes updates, the screen does not offer it."""
    stage = staffed.play([*IN, (Technician, Done.DONE), (Attract, NOTHING)])
    shown = next(view for view in stage.views if isinstance(view, Technician))
    assert "update" not in [tool.key for tool in shown.tools]
