"""A citizen has the screen read aloud."""

import asyncio

from devices.speech.api import SpeechMissing, SpeechReady
from kiosk.stage import Attract, Done, Home, IdleAnswer, IdleWarning, ItemList
from tests.fakes.stage import NOTHING, does, like
from tests.fakes.terminal import FakeTerminal
from wire.text import Language


def test_what_is_shown_is_read_in_the_language_chosen(terminal: FakeTerminal) -> None:
    """One touch reads the screen, to its end."""

    def in_english() -> None:
        terminal.stage.chosen = Language.EN
        terminal.stage.read_aloud()
        asyncio.get_running_loop().call_later(10, terminal.stage.answer, None)

    stage = terminal.play([(Attract, Done.DONE), (Home, does(in_english)), (Attract, NOTHING)])
    assert stage.voice_offered
    assert [(language, text) for _, language, text in terminal.speech.said] == [(Language.EN, "Home")]
    assert terminal.speech.cut == 0


def test_touched_again_it_falls_silent(terminal: FakeTerminal) -> None:
    """And once more, it begins from the top."""

    def thrice() -> None:
        for at_s in (0, 1, 2):
            asyncio.get_running_loop().call_later(at_s, terminal.stage.read_aloud)
        asyncio.get_running_loop().call_later(10, terminal.stage.answer, None)

    terminal.play([(Attract, Done.DONE), (Home, does(thrice)), (Attract, NOTHING)])
    assert len(terminal.speech.said) == 2
    assert terminal.speech.cut == 1


def test_another_screen_ends_it(terminal: FakeTerminal) -> None:
    """Nobody hears about a screen that is gone."""
    terminal.speech.takes_s = 60

    def read_and_go_on() -> None:
        terminal.stage.read_aloud()
        asyncio.get_running_loop().call_later(3, terminal.stage.answer, "print")

    terminal.play(
        [(Attract, Done.DONE), (Home, does(read_and_go_on)), (ItemList, does(lambda: None)), (IdleWarning, NOTHING)]
    )
    assert terminal.speech.cut == 1


def test_who_listens_is_not_asked_whether_they_are_there(terminal: FakeTerminal) -> None:
    """However long it takes: idle time begins when it has been read."""
    terminal.speech.takes_s = 200
    moments: list[float] = []

    def note() -> None:
        moments.append(asyncio.get_running_loop().time())

    def read() -> None:
        note()
        terminal.stage.read_aloud()

    terminal.play(
        [
            (Attract, Done.DONE),
            (Home, "print"),
            (ItemList, does(read)),
            (IdleWarning, does(note)),
            (like(IdleWarning, seconds_left=14), IdleAnswer.LEAVE),
            (Attract, NOTHING),
        ]
    )
    assert 258 < moments[1] - moments[0] < 266


def test_without_a_voice_nothing_is_offered(terminal: FakeTerminal) -> None:
    """No loudspeaker, no button; one that is plugged in brings it."""
    terminal.speech.cell.set(SpeechMissing("no device"))
    offered: list[bool] = []

    def look() -> None:
        offered.append(terminal.stage.voice_offered)

    def plug_in() -> None:
        look()
        terminal.speech.cell.set(SpeechReady())
        asyncio.get_running_loop().call_later(1, look)

    terminal.play([(Attract, Done.DONE), (Home, does(plug_in)), (IdleWarning, NOTHING)])
    assert offered == [False, True]
