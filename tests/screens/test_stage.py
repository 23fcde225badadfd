"""The stage's promises beyond answers: in place, once, live."""

import asyncio
import dataclasses

import pytest
from kivy.lang.builder import _handlers as rules_of

from kiosk import stage
from kiosk.forms.model import YesNoQuestion
from screens.gallery_questions import text
from screens.gallery_views import question, views
from screens.player import NotOnScreen
from screens.stage import ScreenBroken
from screens.widgets.button import PushButton
from screens.widgets.pager import Pager
from tests.screens.glass import Glass
from wire.problems import problem
from wire.text import Language

pytestmark = pytest.mark.asyncio(loop_scope="session")
VIEWS = dict(views())


async def again(glass: Glass, view: stage.View[object]) -> None:
    """Show a view instead of the one before, as a flow does."""
    await glass.replace(view)
    await glass.player.frames(3)


async def test_same_class_updates_in_place(glass: Glass) -> None:
    """The same kind of view changes the screen without making another one."""
    await glass.show(VIEWS["identify"])
    screen = glass.stage.frame.screen
    await again(glass, VIEWS["identify-reading"])
    assert glass.stage.frame.screen is screen
    assert "正在读取，请不要拿开" in glass.player.texts()


async def test_the_same_view_can_be_answered_again(glass: Glass) -> None:
    """A form that refuses an answer shows its question again, with the error, and takes another answer."""
    asked = question(YesNoQuestion(key="q", label=text("对吗？", "Right?"), required=True))
    for _ in range(2):
        showing = await glass.show(dataclasses.replace(asked, error=text("请再看一看。", "Please look again.")))
        assert "请再看一看。" in glass.player.texts()
        await glass.player.tap("option:yes")
        await glass.player.tap("main")
        assert await asyncio.wait_for(showing, 2) == stage.Answered(value=True)


async def test_a_double_tap_answers_once(glass: Glass) -> None:
    """The second tap of a double tap does not answer the view that comes next."""
    first = await glass.show(VIEWS["problem"])
    where = glass.player.find("main").center
    await glass.player.tap_at(*where)
    assert await first is stage.Choice.LEAVE
    second = asyncio.create_task(glass.stage.show(VIEWS["delivered"]))
    await asyncio.sleep(0.02)
    await glass.player.tap_at(*where)
    assert not second.done()
    await glass.player.tap("main")
    assert await asyncio.wait_for(second, 2) is stage.Done.DONE


async def test_two_fingers_answer_once(glass: Glass) -> None:
    """Two fingers on two buttons give one answer."""
    showing = await glass.show(VIEWS["problem-retry"])
    fingers = [glass.player.fingers.down(*glass.player.find(name).center) for name in ("main", "other")]
    await asyncio.sleep(0.06)
    for finger in fingers:
        glass.player.fingers.up(finger)
    assert await asyncio.wait_for(showing, 2) in set(stage.Choice)
    await glass.player.frames(3)


async def test_only_one_view_at_a_time(glass: Glass) -> None:
    """Showing a view while another one waits is an error of the flow."""
    await glass.show(VIEWS["problem"])
    with pytest.raises(RuntimeError):
        await glass.stage.show(VIEWS["delivered"])


async def test_language_switch_keeps_what_was_typed(glass: Glass) -> None:
    """Switching language, size, contrast and reach changes the words at once and loses no digit."""
    showing = await glass.show(VIEWS["digits-id"])
    await glass.player.enter("123")
    for tool in ("language", "text_size", "contrast", "low_reach"):
        await glass.player.tap(tool)
    assert glass.stage.language == "en"
    assert "Enter the last six of your ID number" in glass.player.texts()
    await glass.player.enter("456")
    await glass.player.tap("main")
    assert await asyncio.wait_for(showing, 2) == "123456"


async def test_reading_aloud_is_asked_for_by_a_button(glass: Glass) -> None:
    """Its touch is a gesture; without a voice there is no button."""
    await glass.show(VIEWS["problem"])
    await glass.player.tap("read_aloud")
    gestures = [await asyncio.wait_for(glass.stage.next_gesture(), 2)]
    glass.stage.offer_voice(on=False)
    await glass.player.frames(3)
    assert gestures == [stage.Gesture.READ_ALOUD]
    with pytest.raises(NotOnScreen):
        await glass.player.tap("read_aloud")
    glass.stage.offer_voice(on=True)
    await glass.player.frames(3)


async def test_what_is_read_is_what_is_written(glass: Glass) -> None:
    """Title, content and buttons, from above, each once, in the language shown; nothing of band, tools and footer."""
    await glass.show(VIEWS["problem"])
    problem = VIEWS["problem"].problem
    words = glass.stage.words()
    assert words.index(problem.happened.zh.rstrip("。")) < words.index(problem.next.zh.rstrip("。"))
    assert not {"字号", "首页", "大连市行政服务中心"} & set(words.split("。"))
    assert words.count(problem.next.zh.rstrip("。")) == 1
    glass.look.language = Language.EN
    await glass.window.settle()
    assert problem.happened.en.rstrip(".") in glass.stage.words()


async def test_what_is_typed_is_not_read(glass: Glass) -> None:
    """Neither keys nor what was typed with them: the hall need not hear it."""
    await glass.show(VIEWS["digits-id"])
    before = glass.stage.words()
    await glass.player.enter("4417")
    words = glass.stage.words()
    assert "4417" not in words.replace(" ", "")
    assert "5" not in before
    assert "身份证" in words


async def test_countdown(glass: Glass) -> None:
    """The footer can show how long the session lasts."""
    await glass.show(VIEWS["problem"])
    glass.stage.show_countdown(42)
    await glass.player.frames(2)
    assert "还剩 42 秒" in glass.player.texts()
    glass.stage.show_countdown(None)


async def test_a_failing_screen_reaches_the_flow(glass: Glass) -> None:
    """When the toolkit fails, the flow that shows a view learns it."""
    showing = await glass.show(VIEWS["waiting"])
    assert glass.stage.fail()
    with pytest.raises(ScreenBroken):
        await showing
    assert not glass.stage.fail()


async def test_an_answered_screen_gives_way(glass: Glass) -> None:
    """Where no other view follows, the answered one leaves the glass, and a word says to wait."""
    showing = await glass.show(VIEWS["problem"])
    await glass.player.tap("main")
    await showing
    await glass.player.until(lambda: glass.stage.shown is None, 2, "to see it go")
    await glass.player.frames(2)
    assert problem("printer.doubtful").happened.zh not in glass.player.texts()
    assert "请稍候" in glass.player.texts()


@pytest.mark.parametrize("following", ["form-choice", "home"])
async def test_dropped_widgets_are_deaf(glass: Glass, following: str) -> None:
    """A widget that was dropped has no rule left that a change of language could evaluate."""
    await again(glass, VIEWS["form-date-day"])
    dropped = {widget.uid for widget in glass.stage.frame.screen.entry.walk(restrict=True)}
    assert dropped & set(rules_of)
    await again(glass, VIEWS[following])
    kept = {each.uid for key in glass.window.app.spare_keys for each in key.walk(restrict=True)}
    assert not (dropped - kept) & set(rules_of)


async def test_keys_are_kept_but_none_under_a_finger(glass: Glass) -> None:
    """The buttons of a dropped keyboard serve the next one; one that is still held does not become another key."""
    await glass.show(VIEWS["form-phone"])
    held = glass.player.find("key:5")
    finger = glass.player.fingers.down(*held.center)
    await glass.player.until(lambda: held.state == "down", 2, "to hold a key")
    before = {widget.uid for widget in glass.stage.frame.screen.entry.walk(restrict=True)}
    await again(glass, VIEWS["digits"])
    after = {widget.uid for widget in glass.stage.frame.screen.walk(restrict=True)}
    assert before & after
    assert held.uid not in after
    glass.player.fingers.up(finger)
    await glass.player.frames(3)
    assert glass.player.find("key:5") is not held


async def test_a_dropped_screen_has_no_rule_left(glass: Glass) -> None:
    """Nothing of a dropped screen listens to the look any more, not even buttons that it had no room to show."""
    await glass.show(VIEWS["verified"])
    screen = glass.stage.frame.screen
    pager = next(widget for widget in screen.walk(restrict=True) if isinstance(widget, Pager))
    hidden = [held for held in vars(pager).values() if isinstance(held, PushButton) and held.parent is None]
    assert hidden
    dropped = [screen, pager, *hidden, *(words for button in hidden for words in button.children)]
    assert any(widget.uid in rules_of for widget in hidden)
    await glass.clear()
    assert [widget for widget in dropped if widget.uid in rules_of] == []
