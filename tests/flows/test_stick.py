"""What goes by stick at the technician's screen: one errand, and in words whether the stick may be pulled."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from kiosk.stage import Chosen, SetUpPage, Technician
from kiosk.stick.errands import Errand
from kiosk.stick.errors import NotDone
from tests.fakes.staff import left
from tests.fakes.stage import BACK
from tests.fakes.terminal import FakeTerminal

FILE = "bianmin-dl-0012-3.up.ferry"


class Stick:
    """What an errand comes to."""

    def __init__(self, outcome: Mapping[str, Any] | Exception) -> None:
        self.outcome = outcome
        self.run_for: list[Errand] = []

    async def run(self, errand: Errand) -> Mapping[str, Any]:
        self.run_for.append(errand)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def result_of(staffed: FakeTerminal, stick: Stick, answer: object) -> Technician:
    """Play an errand; return the technician's screen after it."""
    assert staffed.staff is not None
    staffed.staff = replace(staffed.staff, stick=stick.run)
    return left(staffed, (Technician, Chosen("stick")), (SetUpPage, answer))


@pytest.mark.parametrize(
    ("errand", "told", "said"),
    [
        (Errand.SUPPORT, {"file": "x.support"}, "x.support"),
        (Errand.SEND, {"file": FILE, "envelopes": 7}, "7"),
        (Errand.BRING_BACK, {"answers": 1, "settled": 5}, "5"),
    ],
    ids=lambda one: one.value if isinstance(one, Errand) else "",
)
def test_an_errand(staffed: FakeTerminal, errand: Errand, told: dict[str, Any], said: str) -> None:
    """Chosen, waited for; then what was done stands there, and that the stick may be pulled."""
    stick = Stick(told)
    shown = result_of(staffed, stick, Chosen(errand.value))
    assert shown.result is not None
    assert said in shown.result.message.zh
    assert said in shown.result.message.en
    assert shown.result.message.zh.endswith("可以拔出 U 盘。")
    assert shown.result.message.en.endswith("You may pull the stick now.")
    assert (shown.result.problem, stick.run_for) == (None, [errand])


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("terminal.stick_missing", 1048),
        ("terminal.stick_protected", 1049),
        ("terminal.stick_full", 1052),
        ("terminal.stick_pulled", 1053),
        ("wire.ferry_forged", 6023),
    ],
)
def test_what_is_wrong_is_said_with_its_number(staffed: FakeTerminal, code: str, number: int) -> None:
    """Each reason has its number and what to do; that the stick may be pulled is not said."""
    shown = result_of(staffed, Stick(NotDone(code)), Chosen("send"))
    assert shown.result is not None
    assert shown.result.problem is not None
    assert shown.result.problem.number == number
    assert shown.result.advice is not None
    assert "may pull" not in shown.result.message.en


def test_thought_better_of(staffed: FakeTerminal) -> None:
    """Going back does nothing with the stick."""
    stick = Stick({})
    assert result_of(staffed, stick, BACK).result is None
    assert stick.run_for == []
