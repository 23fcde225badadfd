"""One of some options, as big rows in pages; yes and no are two of them."""

from kivy.app import App
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.widget import Widget

from kiosk.forms.model import Option
from screens.typesetting import text_height
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import Panel

load_beside(__file__)


class OptionRow(ButtonBehavior, Panel):
    """One option, with a mark when it is the chosen one."""

    name = StringProperty("")
    caption = StringProperty("")
    value = StringProperty("")
    entry = ObjectProperty(None, allownone=True, rebind=True)


class ChoiceEntry(Widget):
    """``options`` to choose from, ``chosen`` the value of one, or None."""

    options = ObjectProperty(())
    chosen = ObjectProperty(None, allownone=True)

    def on_options(self, *_: object) -> None:
        """Show other options."""
        if self.ids:
            self.ids.pager.page = 0
            self.ids.pager.refresh()

    def clear(self) -> None:
        """Drop the choice."""
        self.chosen = None

    def entries(self, width: float, _height: float) -> list[Entry]:
        """Return the rows."""
        look = App.get_running_app().look

        def entry(option: Option) -> Entry:
            caption = look.say(option.label)
            height = max(124.0, text_height(caption, look.sizes["strong"], width - 168, bold=True) + 48)
            return Entry(height, lambda: self._row(option, caption))

        return [entry(option) for option in self.options]

    def _row(self, option: Option, caption: str) -> OptionRow:
        row = OptionRow(name=f"option:{option.value}", caption=caption, value=option.value, entry=self)
        row.bind(on_release=lambda _: setattr(self, "chosen", option.value))
        return row
