"""Surfaces that content lies on, and the rows of facts that several screens share."""

from kivy.app import App
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.widget import Widget

from screens.typesetting import text_height
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry

load_beside(__file__)

PADDING = 28


class Panel(Widget):
    """A rounded surface. ``fill`` and ``edge`` are colours of the theme; an empty edge draws none."""

    fill = StringProperty("surface")
    edge = StringProperty("")
    radius = NumericProperty(24)


class Fact(Panel):
    """A label, and below it what it says; with ``edit`` a button to change it."""

    name = StringProperty("")
    label = StringProperty("")
    value = StringProperty("")
    edit_width = NumericProperty(0)

    __events__ = ("on_edit",)

    def on_edit(self) -> None:
        """Event: the citizen wants to change the fact."""


def fact(label: str, value: str, width: float) -> Entry:
    """Return the entry of one fact at a width in px."""
    return Entry(fact_height(label, value, width - 2 * PADDING), lambda: Fact(label=label, value=value))


def fact_height(label: str, value: str, width: float) -> float:
    """Return how high a fact is whose words may be ``width`` px wide."""
    sizes = App.get_running_app().look.sizes
    return text_height(label, sizes["small"], width) + text_height(value, sizes["body"], width, bold=True) + 2 * 18
