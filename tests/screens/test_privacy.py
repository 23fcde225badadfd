"""Nothing that a citizen typed or was shown stays in a widget, a label or a cache of the toolkit."""

import asyncio
import dataclasses
import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from kivy.cache import Cache
from kivy.core.clipboard import Clipboard
from kivy.core.text import LabelBase
from kivy.graphics.texture import Texture
from kivy.uix.label import Label
from kivy.uix.textinput import TextInput
from kivy.uix.widget import Widget
from pydantic import BaseModel

from kiosk import stage
from kiosk.forms.model import TextQuestion
from screens import typesetting
from screens.gallery_questions import text
from screens.gallery_scans import camera_picture, page_picture
from screens.gallery_views import WARNING, question, views
from screens.pictures import grab
from tests.screens.glass import Glass
from wire.text import Text

pytestmark = pytest.mark.asyncio(loop_scope="session")
TYPED = "qzxk"  # no word of any screen has these letters in this order
SHOWN = "獬豸麒麟"
CAMERA = {(picture.pixels.shape[1], picture.pixels.shape[0]) for picture in (camera_picture(), page_picture())}


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
        if issubclass(type(thing), TextInput):  # it would keep what was typed and taken back
            yield f"{thing._undo} {thing._redo}"
    yield str(Clipboard.paste())
    for category, entries in Cache._objects.items():
        for key, entry in entries.items():
            yield f"{category} {key!s} {entry.get('value')!s}"


def textures() -> set[tuple[int, int]]:
    """Return the sizes of all pictures on the graphics card, px."""
    return {thing.size for thing in gc.get_objects() if issubclass(type(thing), Texture)}


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


def marked(value: Any, mark: str) -> Any:  # noqa: ANN401 - whatever a view holds
    """Return a view, or a part of one, with every text replaced by a mark."""
    if isinstance(value, Text):
        return text(mark, mark)
    if isinstance(value, tuple):
        return tuple(marked(one, mark) for one in value)
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: marked(getattr(value, name), mark) for name in type(value).model_fields})
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if field.init]
        return dataclasses.replace(value, **{name: marked(getattr(value, name), mark) for name in names})
    return mark if isinstance(value, str) and "*" in value else value  # a masked name


async def test_a_whole_visit_leaves_nothing(glass: Glass) -> None:
    """Every kind of screen, one after the other: then no text, no camera picture and no dot on the glass is left."""
    await glass.show(stage.Attract(centre_name=text("中心", "Centre")))
    await glass.clear()
    empty = grab()
    camera, told = set[tuple[int, int]](), set[type]()
    shown = [view for _, view in views() if not isinstance(view, stage.Attract)]
    for view in {type(view): view for view in reversed(shown)}.values():
        await glass.replace(marked(view, SHOWN))
        await glass.player.frames(2)
        if SHOWN in "".join(glass.player.texts()).replace("\n", ""):
            told.add(type(view))
        camera |= textures() & CAMERA
    assert told > {stage.Home, stage.FormPage, stage.Review, stage.Waiting, stage.Delivered, stage.CaseProgress}
    assert camera == CAMERA
    await glass.clear()
    await forgotten(glass)
    assert not textures() & CAMERA
    assert np.array_equal(grab(), empty)


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
