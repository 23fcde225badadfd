"""Sessions: who wakes the terminal, when it ends, and what is left of a citizen afterwards (nothing)."""

import asyncio
import logging
from typing import NoReturn

import pytest

from devices.card_reader.api import CardGarbled
from devices.errors import DeviceError
from kiosk.session import Entry, Menu
from kiosk.stage import (
    Answered,
    Attract,
    Choice,
    Chosen,
    Confirmed,
    Delivered,
    Done,
    FormPage,
    Home,
    Identify,
    IdleAnswer,
    IdleWarning,
    ItemList,
    ProblemShown,
    Review,
    ScanCode,
    Tile,
    Waiting,
)
from kiosk.visit import Visit
from tests.fakes.stage import BACK, HOME, NOTHING, Row, does, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import LIU_RESIDENT, ZHANG_RESIDENT
from wire.problems import problem
from wire.text import Text

EMPTY = Text(zh="", en="")
NAME = "张小燕"


def menu(flow: object) -> Menu:
    return {"it": Entry(Tile("it", "note", EMPTY, EMPTY), flow)}  # type: ignore[arg-type]


def test_idle_ends_a_session(terminal: FakeTerminal) -> None:
    """Nobody there: a warning that counts down, then the end; nothing is left of language or citizen."""
    stage = terminal.play(
        [
            (Attract, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (Home, NOTHING),
            (like(Home, citizen_masked="**燕"), does(terminal.reader.remove)),
            (like(IdleWarning, seconds_left=15), NOTHING),
            (like(IdleWarning, seconds_left=14), NOTHING),
            (like(IdleWarning, seconds_left=1), NOTHING),
            (Attract, Done.DONE),
            (like(Home, citizen_masked=None), NOTHING),
        ]
    )
    assert stage.resets == terminal.wipes == 2


def test_staying_starts_the_time_anew(terminal: FakeTerminal) -> None:
    """Whoever says they are there gets the whole time again, as often as they say so."""
    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, NOTHING),
            (like(IdleWarning, seconds_left=15), IdleAnswer.STAY),
            (like(IdleWarning, seconds_left=15), IdleAnswer.STAY),
            (like(IdleWarning, seconds_left=15), IdleAnswer.LEAVE),
            (Attract, NOTHING),
        ]
    )


def test_touches_put_the_warning_off(terminal: FakeTerminal) -> None:
    """Every touch counts, also one that answers nothing."""

    async def busy_fingers(visit: Visit) -> None:
        async def touch() -> None:
            for _ in range(10):
                await asyncio.sleep(50)
                terminal.stage.touch()

        await visit.show_until(Home(tiles=()), touch())

    terminal.play([(Attract, Done.DONE), (Home, "it"), (Home, NOTHING), (Home, NOTHING)], menu(busy_fingers))


def test_a_card_takes_the_warning_away(terminal: FakeTerminal) -> None:
    """A card put down under the warning is an answer to it."""
    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "print"),
            (ItemList, Chosen("no_property")),
            (Identify, NOTHING),
            (like(IdleWarning, seconds_left=10), does(terminal.reader.insert, ZHANG_RESIDENT)),
            (FormPage, NOTHING),
        ]
    )


def test_no_warning_while_the_terminal_works(terminal: FakeTerminal) -> None:
    """However long the centre takes, the citizen is not asked whether they are there."""
    terminal.centre.takes_s = 300
    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "print"),
            (ItemList, Chosen("no_property")),
            (Identify, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (FormPage, Answered("loan")),
            (Review, Confirmed.CONFIRMED),
            (like(Waiting, message="正在开具"), NOTHING),
            (Delivered, NOTHING),
            (IdleWarning, IdleAnswer.STAY),
        ]
    )


def test_home_at_the_menu_ends_the_session(terminal: FakeTerminal) -> None:
    """Home once leads to the menu, twice to the start."""
    terminal.play([(Attract, Done.DONE), (Home, HOME), (Attract, Done.DONE), (Home, BACK), (Attract, NOTHING)])


def test_a_finished_visit_is_not_inherited(terminal: FakeTerminal) -> None:
    """On the last screen of a task the warning comes early: paper in hand, people walk away."""
    moments: list[float] = []

    def note() -> None:
        terminal.reader.remove()
        moments.append(asyncio.get_running_loop().time())

    stage = terminal.play(
        [
            (Attract, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (Home, NOTHING),
            (Home, "print"),
            (ItemList, Chosen("no_property")),
            (FormPage, Answered("loan")),
            (Review, Confirmed.CONFIRMED),
            (Delivered, does(note)),
            (IdleWarning, does(note)),
            (like(Delivered, take_paper=True, reference=None), Done.DONE),
            (Attract, NOTHING),
        ]
    )
    assert 19 < moments[1] - moments[0] < 23
    assert stage.resets == 1


def test_card_left_behind(terminal: FakeTerminal) -> None:
    """A card that stays after the end is asked for, and is nobody's identity afterwards."""
    left: list[Row] = [
        (Attract, does(terminal.reader.insert, ZHANG_RESIDENT)),
        (Home, NOTHING),
        (like(Home, citizen_masked="**燕"), HOME),
        (like(Delivered, take_card=True, title="取走您的卡"), Done.DONE),
        (Attract, Done.DONE),
        (like(Home, citizen_masked=None), "print"),
        (ItemList, Chosen("no_property")),
        (like(Identify, problem="card.left_behind"), does(terminal.reader.insert, LIU_RESIDENT)),
        (FormPage, HOME),
        (like(Home, citizen_masked="**厚"), NOTHING),
    ]
    terminal.play(left)
    assert terminal.reader.reads == 2


def test_card_taken_ends_the_reminder(terminal: FakeTerminal) -> None:
    """The reminder goes with the card; the next card wakes the terminal."""
    terminal.play(
        [
            (Attract, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (Home, NOTHING),
            (Home, HOME),
            (like(Delivered, take_card=True), does(terminal.reader.remove)),
            (Attract, does(terminal.reader.insert, LIU_RESIDENT)),
            (Home, NOTHING),
            (like(Home, citizen_masked="**厚"), NOTHING),
        ]
    )


def test_unreadable_card_at_the_menu_is_left_to_the_flow(terminal: FakeTerminal) -> None:
    """The menu greets nobody for a card it cannot read, and asks again where a card is needed."""
    terminal.reader.during_read = terminal.reader.remove
    terminal.play(
        [
            (Attract, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (
                like(Home, citizen_masked=None),
                does(lambda: asyncio.get_running_loop().call_later(5, terminal.reader.insert, LIU_RESIDENT)),
            ),
            (like(Home, citizen_masked="**厚"), NOTHING),
        ]
    )


def test_another_card_is_another_person(terminal: FakeTerminal) -> None:
    """A card put down later in the visit replaces whoever was identified before."""
    terminal.play(
        [
            (Attract, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (Home, NOTHING),
            (like(Home, citizen_masked="**燕"), does(terminal.reader.insert, LIU_RESIDENT)),
            (like(Home, citizen_masked="**厚"), NOTHING),
        ]
    )


def test_unreadable_card_ends_an_identity(terminal: FakeTerminal) -> None:
    """After a card that cannot be read, nobody is identified: the next flow asks for a card."""

    def put(card: object) -> None:
        terminal.reader.insert(card)  # type: ignore[arg-type]
        asyncio.get_running_loop().call_later(5, terminal.stage.answer, "print")

    terminal.play(
        [
            (Attract, does(terminal.reader.insert, ZHANG_RESIDENT)),
            (Home, NOTHING),
            (like(Home, citizen_masked="**燕"), does(put, CardGarbled("length"))),
            (ItemList, Chosen("no_property")),
            (Identify, NOTHING),
        ]
    )


def test_bug_in_a_flow(terminal: FakeTerminal, caplog: pytest.LogCaptureFixture) -> None:
    """A bug ends on a screen and with a clean next visit; the log says where, and nothing about the citizen."""

    async def buggy(visit: Visit) -> None:
        visit.identity = ZHANG_RESIDENT
        raise KeyError(visit.identity.name)

    stage = terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "it"),
            (like(ProblemShown, problem="terminal.unexpected", can_retry=False), Choice.LEAVE),
            (Attract, Done.DONE),
            (like(Home, citizen_masked=None), NOTHING),
        ],
        menu(buggy),
    )
    assert stage.resets == 2
    assert "KeyError" in caplog.text
    assert "test_session.py" in caplog.text
    assert NAME not in caplog.text


def test_known_errors_are_told_and_retried(terminal: FakeTerminal, caplog: pytest.LogCaptureFixture) -> None:
    """An error of ours is told by its code; where another try may help, it is offered."""
    tries = []

    async def failing(visit: Visit) -> NoReturn:
        tries.append(visit)
        raise DeviceError("motor 3")

    caplog.set_level(logging.INFO)
    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "it"),
            (like(ProblemShown, problem="device.fault", can_retry=True), Choice.RETRY),
            (ProblemShown, BACK),
            (Home, NOTHING),
        ],
        menu(failing),
    )
    assert len(tries) == 2


def test_out_of_service(terminal: FakeTerminal) -> None:
    """While the centre has closed the terminal, neither touch nor card begins a session; then both do again."""
    terminal.closed = problem("terminal.out_of_service")

    def open_again() -> None:
        terminal.closed = None

    terminal.play(
        [
            (like(Attract, closed="terminal.out_of_service"), Done.DONE),
            (like(Attract, closed="terminal.out_of_service"), BACK),
            (like(Attract, closed="terminal.out_of_service"), does(terminal.reader.insert, ZHANG_RESIDENT)),
        ]
    )
    terminal.play(
        [
            (like(Attract, closed="terminal.out_of_service"), does(open_again)),
            (like(Attract, closed=None), NOTHING),
            (Home, NOTHING),
        ]
    )


def test_closed_while_waiting(terminal: FakeTerminal) -> None:
    """The start screen says it within seconds when the terminal is taken out of service."""

    def close() -> None:
        terminal.closed = problem("terminal.out_of_service")

    terminal.play(
        [(like(Attract, closed=None), does(close)), (like(Attract, closed="terminal.out_of_service"), NOTHING)]
    )


def test_terminal_without_readers(terminal: FakeTerminal) -> None:
    """A terminal with no reader at all still serves what needs no card."""
    terminal.reader.lose()
    terminal.second_reader.lose()
    terminal.play([(Attract, Done.DONE), (Home, "check"), (ScanCode, BACK), (Home, NOTHING)])


def test_others_see_that_somebody_is_served(terminal: FakeTerminal) -> None:
    """From the first touch to the end of the session the terminal is engaged, and not while it waits."""
    seen: list[bool] = []

    def look() -> None:
        seen.append(terminal.engaged)

    terminal.play([(Attract, does(look))])
    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, does(look)),
            (IdleWarning, IdleAnswer.LEAVE),
            (Attract, does(look)),
        ]
    )
    assert seen == [False, True, False]
