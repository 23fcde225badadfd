"""Rows that say how something stands, and those of them that can be touched."""

from collections.abc import Callable

from kivy.app import App
from kivy.properties import StringProperty
from kivy.uix.behaviors import ButtonBehavior

from kiosk.stage import Row, RowState
from screens.typesetting import text_height
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import Panel

load_beside(__file__)

_LEFT, _RIGHT, _TOP = 112.0, 84.0, 22.0
_LEAST = 116.0
_TINTS = {RowState.PLAIN: "brand", RowState.GOOD: "good", RowState.BAD: "bad", RowState.OFF: "ink_soft"}
_MARKS = {RowState.PLAIN: "forward", RowState.GOOD: "check_circle", RowState.BAD: "error", RowState.OFF: "circle"}


class FactRow(Panel):
    """A row that only tells."""

    name = StringProperty("")
    icon = StringProperty("")
    mark = StringProperty("")
    tint = StringProperty("brand")
    title = StringProperty("")
    note = StringProperty("")
    note_tint = StringProperty("ink_soft")


class ButtonRow(ButtonBehavior, FactRow):
    """A row that can be touched."""


def row_entry(row: Row, width: float, choose: Callable[[str], object]) -> Entry:
    """Return the entry of a row at a width in px; ``choose`` is called with its key when it is touched."""
    look = App.get_running_app().look
    title, note = look.say(row.title), look.say(row.note)
    marked = row.key is not None or row.state is not RowState.PLAIN
    room = width - _LEFT - (_RIGHT if marked else 28)
    words = text_height(title, look.sizes["body"], room, bold=True)
    words += text_height(note, look.sizes["small"], room)
    height = max(words + 2 * _TOP, _LEAST if row.key is not None else 0)
    return Entry(height, lambda: _widget(row, title, note, choose))


def _widget(row: Row, title: str, note: str, choose: Callable[[str], object]) -> FactRow:
    key = row.key
    look_of = {
        "icon": row.icon,
        "mark": _MARKS[row.state] if key is not None or row.state is not RowState.PLAIN else "",
        "tint": _TINTS[row.state],
        "title": title,
        "note": note,
        "note_tint": "bad" if row.state is RowState.BAD else "ink_soft",
    }
    if key is None:
        return FactRow(fill="page", **look_of)
    made = ButtonRow(name=f"row:{key}", **look_of)
    made.bind(on_release=lambda _: choose(key))
    return made
