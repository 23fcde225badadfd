"""Every view can be shown, touched and answered; Back, Home and Help do what they say."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from kiosk import stage
from kiosk.forms.model import DateQuestion, NumberQuestion, TextQuestion
from screens.gallery_questions import text
from screens.gallery_views import WARNING, question, views
from tests.screens.glass import Glass

pytestmark = pytest.mark.asyncio(loop_scope="session")
VIEWS = dict(views())
TITLE = text("题", "T")


def number(maximum: int | None = None) -> stage.FormPage:
    return question(NumberQuestion(key="n", label=TITLE, maximum=maximum))


ANSWERS: list[tuple[str, Any, list[str], Any]] = [
    ("attract", VIEWS["attract"], ["start"], stage.Done.DONE),
    ("attract in the other language", VIEWS["attract"], ["start_other"], stage.Done.DONE),
    ("home", VIEWS["home"], ["tile:print"], "print"),
    ("list", VIEWS["item-list"], ["item:A02"], stage.Chosen("A02")),
    ("list, page two", VIEWS["item-list"], ["page_down", "item:A08"], stage.Chosen("A08")),
    (
        "search",
        VIEWS["item-list"],
        ["other", "key:W", "key:F", "key:Z", "key:X", "key:delete", "key:M", "main"],
        stage.SearchFor("WFZM"),
    ),
    ("guide", VIEWS["item-guide"], ["main"], stage.Done.DONE),
    ("choice", VIEWS["form-choice"], ["option:school", "main"], stage.Answered("school")),
    ("choice as it was", VIEWS["form-choice"], ["main"], stage.Answered("loan")),
    ("paper complete", VIEWS["paper-check"], ["main"], stage.PaperFound.COMPLETE),
    ("paper not complete", VIEWS["paper-check"], ["other"], stage.PaperFound.INCOMPLETE),
    ("yes", VIEWS["form-yes-no"], ["option:yes", "main"], stage.Answered(value=True)),
    ("no", VIEWS["form-yes-no"], ["option:yes", "option:no", "main"], stage.Answered(value=False)),
    ("number", number(maximum=99), ["key:4", "key:2", "main"], stage.Answered(42)),
    ("number left open", number(), ["other"], stage.Answered(None)),
    (
        "day",
        VIEWS["form-date-year"],
        ["key:1", "key:9", "key:8", "key:8", "key:2", "key:29", "main"],
        stage.Answered("1988-02-29"),
    ),
    ("day as it was", VIEWS["form-date-day"], ["main"], stage.Answered("2026-10-30")),
    ("another month", VIEWS["form-date-day"], ["part:month", "key:12", "key:31", "main"], stage.Answered("2026-12-31")),
    (
        "text",
        question(TextQuestion(key="t", label=TITLE, required=True)),
        ["key:h", "key:i", "key: ", "key:switch", "key:7", "main"],
        stage.Answered("hi 7"),
    ),
    (
        "ID number",
        VIEWS["form-id-number"],
        [*(f"key:{char}" for char in "880101234X"), "main"],
        stage.Answered("21020319880101234X"),
    ),
    ("review", VIEWS["review"], ["main"], stage.Confirmed.CONFIRMED),
    ("review, change", VIEWS["review"], ["edit:phone"], stage.Edit("phone")),
    ("delivered", VIEWS["delivered"], ["main"], stage.Done.DONE),
    ("problem", VIEWS["problem"], ["main"], stage.Choice.LEAVE),
    ("problem, again", VIEWS["problem-retry"], ["main"], stage.Choice.RETRY),
    ("problem, leave", VIEWS["problem-retry"], ["other"], stage.Choice.LEAVE),
    ("scan, type instead", VIEWS["scan"], ["other"], stage.TypeInstead()),
    ("digits", VIEWS["digits-id"], [*(f"key:{char}" for char in "01234X"), "main"], "01234X"),
    ("case", VIEWS["case-progress"], ["main"], stage.Done.DONE),
    ("verified", VIEWS["verified"], ["main"], stage.Done.DONE),
]


@pytest.mark.parametrize(("view", "taps", "answer"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
async def test_answer(glass: Glass, view: stage.View[Any], taps: list[str], answer: object) -> None:
    """Touching these buttons gives this answer."""
    showing = await glass.show(view)
    for tap in taps:
        assert not showing.done()
        await glass.player.tap(tap)
    assert await asyncio.wait_for(showing, 2) == answer


@pytest.mark.parametrize("name", ["identify", "form-text", "problem"])
async def test_back(glass: Glass, name: str) -> None:
    """Back ends a view that offers it."""
    showing = await glass.show(VIEWS[name])
    await glass.player.tap("back")
    with pytest.raises(stage.WentBack):
        await asyncio.wait_for(showing, 2)


async def test_no_back_where_there_is_none(glass: Glass) -> None:
    """A view that cannot be left offers no Back."""
    await glass.show(VIEWS["waiting"])
    assert "back" not in glass.player.names()
    assert "home" in glass.player.names()


async def test_a_closed_terminal_cannot_be_started(glass: Glass) -> None:
    """Touching the glass of a closed terminal does nothing."""
    showing = await glass.show(VIEWS["attract-closed"])
    await glass.player.tap_at(540, 600)
    assert not showing.done()


@pytest.mark.parametrize(
    ("gesture", "touch"),
    [
        (stage.Gesture.HOME, lambda player: player.tap("home")),
        (stage.Gesture.HELP, lambda player: player.tap("help")),
        (stage.Gesture.TOUCHED, lambda player: player.tap_at(540, 1300)),
    ],
)
async def test_gestures(glass: Glass, gesture: stage.Gesture, touch: Callable[[Any], Any]) -> None:
    """Every touch is told, Home and Help by their names; none is an answer."""
    showing = await glass.show(VIEWS["waiting"])
    await touch(glass.player)
    seen = [await glass.stage.next_gesture()]
    if gesture is not stage.Gesture.TOUCHED and seen[-1] is not gesture:
        seen.append(await asyncio.wait_for(glass.stage.next_gesture(), 1))
    assert seen[-1] is gesture
    assert not showing.done()


@pytest.mark.parametrize(("name", "answer"), [("stay", stage.IdleAnswer.STAY), ("leave", stage.IdleAnswer.LEAVE)])
async def test_idle_warning(glass: Glass, name: str, answer: stage.IdleAnswer) -> None:
    """The warning lies over the view, takes the touches, answers, and goes; the view goes on."""
    showing = await glass.show(VIEWS["form-choice"])
    warning = asyncio.create_task(glass.stage.warn(WARNING))
    await glass.player.until(lambda: glass.stage.warning, 2, "to see the warning")
    assert set(glass.player.names()) == {"stay", "leave"}
    await glass.player.tap(name)
    assert await asyncio.wait_for(warning, 2) is answer
    await glass.player.until(lambda: not glass.stage.warning, 2, "to see it go")
    await glass.player.tap("main")
    assert await asyncio.wait_for(showing, 2) == stage.Answered("loan")


async def test_help(glass: Glass) -> None:
    """Help says who helps, over the view, until the citizen goes on with what they were at."""
    showing = await glass.show(VIEWS["form-choice"])
    await glass.player.tap("help")
    await glass.player.until(lambda: glass.player.names() == ["help-done"], 5, "to see the help")
    assert any("12345" in text for text in glass.player.texts())
    await glass.player.tap("help-done")
    await glass.player.until(lambda: not glass.stage.overlaid, 5, "to see it go")
    await glass.player.tap("main")
    assert await asyncio.wait_for(showing, 5) == stage.Answered("loan")


async def test_the_idle_warning_replaces_the_help(glass: Glass) -> None:
    """A citizen who went away while the help was shown is asked whether they are there; nothing lies below."""
    showing = await glass.show(VIEWS["form-choice"])
    await glass.player.tap("help")
    await glass.player.until(lambda: glass.stage.overlaid, 5, "to see the help")
    warning = asyncio.create_task(glass.stage.warn(WARNING))
    await glass.player.tap("stay")
    assert await asyncio.wait_for(warning, 5) is stage.IdleAnswer.STAY
    await glass.player.until(lambda: not glass.stage.overlaid, 5, "to see the view alone")
    assert not showing.done()


async def test_a_cancelled_warning_goes(glass: Glass) -> None:
    """Cancelling the warning takes it away."""
    await glass.show(VIEWS["form-choice"])
    warning = asyncio.create_task(glass.stage.warn(WARNING))
    await glass.player.until(lambda: glass.stage.warning, 2, "to see the warning")
    warning.cancel()
    await glass.player.until(lambda: not glass.stage.warning, 2, "to see it go")


async def test_days_out_of_bounds_cannot_be_touched(glass: Glass) -> None:
    """Only days between the earliest and the latest have keys."""
    asked = DateQuestion(key="d", label=TITLE, earliest=date(2026, 11, 24), latest=date(2026, 12, 3), required=True)
    await glass.show(question(asked))
    await glass.player.tap("key:2026")
    await glass.player.tap("key:12")
    await glass.player.frames(2)
    days = [name for name in glass.player.names() if name.startswith("key:")]
    assert days == ["key:1", "key:2", "key:3"] or sorted(days) == ["key:1", "key:2", "key:3"]
