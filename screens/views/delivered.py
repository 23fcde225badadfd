"""The end of a task: what was done, its number, and what to take along."""

from collections.abc import Iterator

from kivy.app import App
from kivy.properties import StringProperty

from kiosk.stage import Done
from screens.screen import Screen
from screens.typesetting import text_height
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import Panel, fact

load_beside(__file__)


class Reminder(Panel):
    """One thing to take along."""

    icon = StringProperty("")
    text = StringProperty("")


class DeliveredScreen(Screen):
    """A big tick above the title, the number, the reminders."""

    def on_view(self, *_: object) -> None:
        """Show another end."""
        if self.ids:
            self.ids.pager.refresh()

    def on_press_main(self) -> None:
        """Answer that it was read."""
        self.dispatch("on_answer", Done.DONE)

    def entries(self, width: float, _height: float) -> list[Entry]:
        """Return the number and the reminders."""
        return list(self._entries(width))

    def _entries(self, width: float) -> Iterator[Entry]:
        look = App.get_running_app().look
        if self.view.reference:
            yield fact(look.say(self.view.reference_label), self.view.reference, width)
        for wanted, icon, word in (
            (self.view.take_paper, "paper", "take_paper"),
            (self.view.take_card, "card", "take_card"),
        ):
            if wanted:
                text = look.word(word)
                height = max(116.0, text_height(text, look.sizes["strong"], width - 172, bold=True) + 40)
                yield Entry(height, lambda icon=icon, text=text: Reminder(icon=icon, text=text))  # type: ignore[misc]
