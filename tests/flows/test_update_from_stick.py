"""The technician's screen brings a release from a stick, and says in words what is wrong with another."""

from dataclasses import replace

import pytest

from kiosk.stage import Chosen, Done, SetUpPage, Technician
from kiosk.updates.errors import FolderUnusable, StickRefused
from tests.fakes.staff import left
from tests.fakes.stage import BACK, Row
from tests.fakes.terminal import FakeTerminal

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


def result_of(staffed: FakeTerminal, stick: Stick, *rows: Row) -> Technician:
    """Play an update; return the technician's screen after it."""
    assert staffed.staff is not None
    staffed.staff = replace(staffed.staff, update=stick.take)
    return left(staffed, (Technician, Chosen("update")), *rows)


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
    assert "update" not in [tool.key for tool in left(staffed).tools]
