"""Nothing is clipped, cut, overlapping or too small to touch, in any arrangement of any screen."""

import itertools
from typing import Any

import pytest
from kivy.core.window import Window
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.stage import View
from screens.gallery import Variant
from screens.gallery_views import views
from screens.player import visible
from screens.theme import LEAST_TARGET_PX
from screens.widgets.label import Words
from tests.screens.glass import Glass
from wire.text import Language

pytestmark = pytest.mark.asyncio(loop_scope="session")
# the extremes: everything else is smaller than one of these
LOOKS = [
    Variant(Language.ZH, 2, high_contrast=True, low_reach=True),
    Variant(Language.EN, 2, high_contrast=False, low_reach=False),
    Variant(Language.EN, 2, high_contrast=False, low_reach=True),
]


def faults(root: Widget) -> list[str]:
    """Return what is wrong on the glass, in words."""
    shown = list(visible(root))
    buttons = [w for w in shown if isinstance(w, ButtonBehavior)]
    labels = [w for w in shown if isinstance(w, Label) and w.text]
    found = [f"{b.name} is {b.width:.0f} × {b.height:.0f}" for b in buttons if min(b.size) < LEAST_TARGET_PX - 1]
    for label in labels:
        found += [f"{fault}: {label.text!r}" for fault in _label_faults(label)]
    boxes = [*buttons, *labels]
    for one, other in itertools.combinations(boxes, 2):
        if not _related(one, other) and _overlap(one, other):
            found.append(f"{_called(one)} overlaps {_called(other)}")
    return found


def _label_faults(label: Label) -> list[str]:
    found = []
    if label.texture_size[0] > label.width + 2 or label.texture_size[1] > label.height + 2:
        found.append(f"clipped, {label.texture_size} in {label.size}")
    if label.x < -1 or label.right > Window.width + 1 or label.y < -1 or label.top > Window.height + 1:
        found.append("outside the window")
    parent = label.parent
    inside = parent.x - 1 <= label.x and label.right <= parent.right + 1
    if isinstance(parent, ButtonBehavior) and not (inside and parent.y - 1 <= label.y and label.top <= parent.top + 1):
        found.append(f"outside its button {parent.name}")
    if isinstance(label, Words):
        lines = label.text.split("\n")
        for line, following in itertools.pairwise(lines):
            edge = line[-1:] + following[:1]
            if edge.isascii() and edge.isalnum() and line[-4:] + following[:4] in label.raw:
                found.append("a word is cut")
    return found


def _called(widget: Widget) -> str:
    return repr(widget.text) if isinstance(widget, Label) else str(widget.name)


def _related(one: Widget, other: Widget) -> bool:
    return one in _ancestors(other) or other in _ancestors(one)


def _ancestors(widget: Widget) -> list[Any]:
    found = []
    while widget.parent is not None and widget.parent is not widget:
        widget = widget.parent
        found.append(widget)
    return found


def _overlap(one: Widget, other: Widget) -> bool:
    slack = 3
    across = min(one.right, other.right) - max(one.x, other.x)
    up = min(one.top, other.top) - max(one.y, other.y)
    return bool(across > slack and up > slack)


@pytest.mark.parametrize(("name", "view"), list(views()), ids=[name for name, _ in views()])
async def test_every_screen(glass: Glass, name: str, view: View[Any]) -> None:
    """Every screen can be read and touched in the extremes of language, size and reach."""
    found = []
    glass.look.language = Language.ZH
    await glass.show(view)
    for variant in LOOKS:
        variant.put_on(glass.look)
        await glass.window.settle()
        found += [f"{variant.name}: {fault}" for fault in faults(glass.stage.glass)]
    assert found == []
