"""Nothing that a citizen typed or was shown stays in a widget, a label or a cache of the toolkit."""

import asyncio
import gc
from collections.abc import Iterator

import pytest
from kivy.cache import Cache
from kivy.core.text import LabelBase
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk import stage
from kiosk.forms.model import TextQuestion
from screens import typesetting
from screens.gallery_questions import text
from screens.gallery_views import WARNING, question
from tests.screens.glass import Glass

pytestmark = pytest.mark.asyncio(loop_scope="session")
TYPED = "qzxk"  # no word of any screen has these letters in this order
SHOWN = "獬豸麒麟"


def kept() -> Iterator[str]:
    """Yield every text that a living widget, a text renderer or a cache of Kivy holds."""
    for thing in gc.get_objects():
        # by type: a dead weak proxy answers no isinstance
        if issubclass(type(thing), Label):
            yield thing.text
        if issubclass(type(thing), LabelBase):
            yield str(thing.text)
            yield str(thing.options.get("text", ""))
        if issubclass(type(thing), Widget):
            for name in thing.properties():
                value = getattr(thing, name, None)
                if isinstance(value, str | tuple | list | dict) or type(value).__module__.startswith("kiosk"):
                    yield str(value)
    for category, entries in Cache._objects.items():
        for key, entry in entries.items():
            yield f"{category} {key!s} {entry.get('value')!s}"


async def forgotten(glass: Glass) -> None:
    """Fail when a text of the citizen is anywhere."""
    await glass.player.frames(3)
    gc.collect()
    found = [where for where in kept() if TYPED in where.lower().replace(" ", "") or SHOWN in where.replace("\n", "")]
    assert found == []


async def type_into(glass: Glass) -> "asyncio.Task[object]":
    """Show a text question and type into it."""
    asked = question(TextQuestion(key="t", label=text("题", "T"), required=True))
    showing = await glass.show(asked)
    await glass.player.enter(TYPED)
    assert any(TYPED in shown for shown in kept())
    return showing


async def test_typed_text_is_gone_after_the_answer(glass: Glass) -> None:
    """A screen keeps nothing after it has answered, though no other view and no reset came."""
    showing = await type_into(glass)
    await glass.player.tap("main")
    assert await showing == stage.Answered(TYPED)
    del showing
    glass.forget_tasks()
    await asyncio.sleep(0.3)
    await forgotten(glass)


async def test_reset_leaves_nothing(glass: Glass) -> None:
    """At the end of a session nothing of what was shown or typed is left, not even under an idle warning."""
    row = stage.ReviewRow(text("姓名", "Name"), text(SHOWN, SHOWN), None)
    showing = await glass.show(stage.Review(title=text("核对", "Check"), rows=(row,), confirm=text("对", "Right")))
    warning = asyncio.create_task(glass.stage.warn(WARNING))
    await glass.player.until(lambda: glass.stage.warning, 2, "to see the warning")
    for task in (showing, warning):
        task.cancel()
    await asyncio.wait({showing, warning})
    del showing, warning, task, row
    glass.forget_tasks()
    glass.stage.reset()
    await forgotten(glass)


async def test_reset_while_typing(glass: Glass) -> None:
    """A session that ends in the middle of a word leaves none of it."""
    showing = await type_into(glass)
    showing.cancel()
    await asyncio.wait({showing})
    del showing
    glass.forget_tasks()
    glass.stage.reset()
    await forgotten(glass)


async def test_measuring_keeps_characters_only(glass: Glass) -> None:
    """The widths that are kept are those of single characters."""
    typesetting.text_width(SHOWN, 36)
    kept_keys = typesetting.advance.cache_info().currsize
    typesetting.text_width(SHOWN[::-1], 36)
    assert typesetting.advance.cache_info().currsize == kept_keys
    assert glass.stage.shown is None


async def test_reset_ends_the_variant(glass: Glass) -> None:
    """The next citizen begins in Chinese, normal size, normal contrast, without low reach."""
    await glass.show(stage.Attract(centre_name=text("中心", "Centre")))
    glass.look.next_language()
    glass.look.next_text_size()
    glass.look.high_contrast = glass.look.low_reach = True
    glass.stage.reset()
    look = glass.look
    assert (look.language, look.text_size, look.high_contrast, look.low_reach) == ("zh", 0, False, False)
