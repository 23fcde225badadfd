"""Card and paper left behind: shown and spoken until they are taken, or somebody touches."""

import asyncio
from itertools import pairwise

import pytest

from devices.printer.api import OutputTray, Supplies
from kiosk.stage import Answered, Attract, Chosen, Confirmed, Delivered, Done, FormPage, Home, ItemList, Review
from tests.fakes.stage import HOME, NOTHING, Row, does, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import LIU_RESIDENT, ZHANG_RESIDENT
from wire.problems import problem
from wire.text import Language

CARD_LEFT: list[Row] = [(Home, NOTHING), (Home, HOME)]
PAPER_LEFT: list[Row] = [
    (Home, NOTHING),
    (Home, "print"),
    (ItemList, Chosen("no_property")),
    (FormPage, Answered("loan")),
    (Review, Confirmed.CONFIRMED),
]
CARD, PAPER = "请取走您的卡", "请取走打印好的文件"


def later(delay_s: float, deed: object, *values: object) -> object:
    """Return a deed: something that happens after so many seconds, while the view is shown."""
    return does(lambda: asyncio.get_running_loop().call_later(delay_s, deed, *values))  # type: ignore[arg-type]


def insert(terminal: FakeTerminal) -> Row:
    return (Attract, does(terminal.reader.insert, ZHANG_RESIDENT))


@pytest.mark.fault("card or paper left behind")
def test_a_card_is_called_after_until_it_is_taken(terminal: FakeTerminal) -> None:
    """In both languages, the citizen's first; with silences that grow; and not once more when the card is gone."""
    terminal.play(
        [
            insert(terminal),
            *CARD_LEFT,
            (like(Delivered, take_card=True, take_paper=False), later(300, terminal.reader.remove)),
            (Attract, later(3600, lambda: None)),
        ]
    )
    said = terminal.speech.said
    assert [language for _, language, _ in said[:2]] == [Language.ZH, Language.EN]
    assert {text for _, language, text in said if language is Language.ZH} == {CARD}
    times = [time for time, language, _ in said if language is Language.ZH]
    assert len(times) >= 4
    silences = [after - before for before, after in pairwise(times)]
    assert all(longer > 1.5 * shorter for shorter, longer in pairwise(silences))
    assert times[-1] - times[0] < 300


def test_the_citizens_language_comes_first(terminal: FakeTerminal) -> None:
    """Whoever chose English hears English first, though the glass is the next citizen's already."""

    def in_english() -> None:
        terminal.stage.chosen = Language.EN
        terminal.stage.press_home()

    stage = terminal.play(
        [
            insert(terminal),
            (Home, NOTHING),
            (Home, does(in_english)),
            (like(Delivered, take_card=True), later(5, terminal.reader.remove)),
            (Attract, NOTHING),
        ]
    )
    assert [language for _, language, _ in terminal.speech.said[:2]] == [Language.EN, Language.ZH]
    assert stage.chosen is Language.ZH


@pytest.mark.fault("card or paper left behind")
def test_paper_is_called_after_until_the_printer_sees_it_taken(terminal: FakeTerminal) -> None:
    """A printer that counts what lies in its output ends the reminder by itself."""

    def room(sheets: int) -> None:
        terminal.printer.supplies = Supplies(outputs=(OutputTray("top", sheets, 100, full=False),))

    room(99)
    terminal.play(
        [
            insert(terminal),
            *PAPER_LEFT,
            (Delivered, does(terminal.reader.remove)),
            (like(Delivered, take_paper=True, take_card=False, title=PAPER), later(200, room, 100)),
            (Attract, NOTHING),
        ]
    )
    assert {text for _, language, text in terminal.speech.said if language is Language.ZH} == {PAPER}
    assert len(terminal.speech.said) >= 6


@pytest.mark.fault("card or paper left behind")
def test_paper_of_a_printer_that_cannot_tell_is_asked_for_until_somebody_touches(terminal: FakeTerminal) -> None:
    """An hour later it is still shown; one touch ends it."""
    terminal.play(
        [
            insert(terminal),
            *PAPER_LEFT,
            (Delivered, does(terminal.reader.remove)),
            (like(Delivered, take_paper=True), later(3600, lambda: terminal.stage.answer(Done.DONE))),
            (Attract, NOTHING),
        ]
    )


def test_card_and_paper(terminal: FakeTerminal) -> None:
    """Both are asked for; when the card is taken, the paper still is."""
    terminal.play(
        [
            insert(terminal),
            *PAPER_LEFT,
            (Delivered, HOME),
            (like(Home, citizen_masked="**燕"), HOME),
            (like(Delivered, take_card=True, take_paper=True, title=CARD), later(5, terminal.reader.remove)),
            (like(Delivered, take_card=False, take_paper=True, title=PAPER), Done.DONE),
            (Attract, NOTHING),
        ]
    )


def test_the_next_citizens_card_ends_it(terminal: FakeTerminal) -> None:
    """Nobody has to touch away what another one left: a new card is greeted at once."""
    terminal.play(
        [
            insert(terminal),
            *PAPER_LEFT,
            (Delivered, does(terminal.reader.remove)),
            (like(Delivered, take_paper=True), later(5, terminal.reader.insert, LIU_RESIDENT)),
            (Attract, NOTHING),
            (Home, NOTHING),
            (like(Home, citizen_masked="**厚"), NOTHING),
        ]
    )


def test_a_card_of_an_earlier_citizen_is_not_waited_for(terminal: FakeTerminal) -> None:
    """What was left in one reader does not keep the next citizen's reminder, at the other, from ending."""
    terminal.play(
        [
            (Attract, does(terminal.second_reader.insert, LIU_RESIDENT)),
            *CARD_LEFT,
            (like(Delivered, take_card=True), Done.DONE),
            insert(terminal),
            *CARD_LEFT,
            (like(Delivered, take_card=True), later(5, terminal.reader.remove)),
            (Attract, NOTHING),
        ]
    )


def test_closing_is_shown_over_it(terminal: FakeTerminal) -> None:
    """A terminal that the centre takes out of service says so, whatever lies there."""

    def close() -> None:
        terminal.closed = problem("terminal.out_of_service")

    terminal.play(
        [
            insert(terminal),
            *CARD_LEFT,
            (like(Delivered, take_card=True), later(20, close)),
            (like(Attract, closed="terminal.out_of_service"), NOTHING),
        ]
    )


@pytest.mark.parametrize("ending", [HOME, Done.DONE], ids=["leaves", "stays"])
def test_nothing_left_nothing_said(terminal: FakeTerminal, ending: object) -> None:
    """Whoever takes everything along hears nothing; what was being read to them is cut off."""
    terminal.play(
        [(Attract, Done.DONE), (Home, HOME), (Attract, ending), (Home, NOTHING)][: 3 if ending is HOME else 4]
    )
    assert terminal.speech.said == []
    assert terminal.speech.stops >= 1
