"""What can lie over a view: a question on a panel, with one or two answers. It takes all touches while it is there."""

from kivy.properties import NumericProperty, StringProperty
from kivy.uix.widget import Widget

from screens.widgets.kv import load_beside

load_beside(__file__)


class Overlay(Widget):
    """A panel in the middle of the veiled glass.

    ``figure`` is large, between ``title`` and ``hint``; without an ``other_caption`` there is one button only.
    ``main_name`` and ``other_name`` find the buttons in tests. Fires ``on_main``, ``on_other``.
    """

    side = NumericProperty(1)
    title = StringProperty("")
    figure = StringProperty("")
    hint = StringProperty("")
    main_name = StringProperty("")
    main_caption = StringProperty("")
    other_name = StringProperty("")
    other_caption = StringProperty("")

    __events__: tuple[str, ...] = ("on_main", "on_other")

    def on_main(self) -> None:
        """Event: the main answer was touched."""

    def on_other(self) -> None:
        """Event: the other answer was touched."""
