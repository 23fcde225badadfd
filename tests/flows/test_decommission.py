"""Taking a terminal out of use from its own screen: asked twice, refused while anything would be lost."""

from dataclasses import replace

import pytest

from kiosk.attention import Attention
from kiosk.flows.set_up.decommission import end_terminal
from kiosk.set_up import SetUp
from kiosk.stage import (
    Attract,
    Choice,
    Chosen,
    Done,
    EnterDigits,
    ProblemShown,
    SetUpPage,
    Technician,
    WentBack,
)
from kiosk.store.erasing import StillUnsent
from kiosk.sync.decommission import Ended
from tests.fakes.staff import IN, PIN, left
from tests.fakes.stage import BACK, NOTHING, PlayedStage, Row, like
from tests.fakes.terminal import FakeTerminal

ENDED = Ended("dl-0012", pushed=2, told=True, exported=None, carried=0, files=9)
ASKED = (SetUpPage, Done.DONE)


class Terminal:
    """Ends as it is told to, one answer after the other; counts how often the PIN was asked for."""

    def __init__(self, *answers: Ended | Exception) -> None:
        self.answers = list(answers)
        self.pins = 0

    async def once_more(self) -> None:
        self.pins += 1

    async def end(self) -> Ended:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def play(terminal: Terminal, *rows: Row) -> PlayedStage:
    stage = PlayedStage(rows)
    at = SetUp(stage=stage, tools=None, scanner=None, join=None, attention=Attention())  # type: ignore[arg-type]
    await end_terminal(at, terminal.once_more, terminal.end)
    return stage


async def test_asked_twice_then_gone() -> None:
    """The page says what will happen, the PIN is asked for once more, and the end says what is left to do."""
    terminal = Terminal(ENDED)
    stage = await play(
        terminal,
        (like(SetUpPage, title="停用这台终端"), Done.DONE),
        (like(ProblemShown, problem="terminal.decommissioned"), Choice.LEAVE),
    )
    assert (terminal.pins, terminal.answers) == (1, [])
    assert stage.rows == []


@pytest.mark.fault("line drops", code="terminal.still_unsent")
async def test_what_is_unsent_keeps_everything() -> None:
    """Refused with its number; tried again when the line is back, it goes on."""
    terminal = Terminal(StillUnsent(3), ENDED)
    await play(
        terminal,
        ASKED,
        (like(ProblemShown, problem="terminal.still_unsent"), Choice.RETRY),
        (like(ProblemShown, problem="terminal.decommissioned"), Choice.LEAVE),
    )
    assert terminal.pins == 1


async def test_left_as_it_was() -> None:
    """Going back before, or leaving after a refusal, leads back to the technician's screen with nothing done."""
    with pytest.raises(WentBack):
        await play(Terminal(), (SetUpPage, BACK))
    with pytest.raises(WentBack):
        await play(Terminal(StillUnsent(1)), ASKED, (ProblemShown, Choice.LEAVE))


def test_from_the_technicians_screen(staffed: FakeTerminal) -> None:
    """It is the last of the tools, and asks for the PIN a second time; where nobody may, it is not offered."""
    assert staffed.staff is not None
    staffed.staff = replace(staffed.staff, end=Terminal(ENDED).end)
    stage = staffed.play(
        [
            *IN,
            (Technician, Chosen("decommission")),
            (SetUpPage, Done.DONE),
            (EnterDigits, PIN),
            (like(ProblemShown, problem="terminal.decommissioned"), Choice.LEAVE),
            (Technician, Done.DONE),
            (Attract, NOTHING),
        ]
    )
    shown = next(view for view in stage.views if isinstance(view, Technician))
    assert shown.tools[-1].key == "decommission"
    staffed.staff = replace(staffed.staff, end=None)
    assert "decommission" not in [tool.key for tool in left(staffed).tools]
