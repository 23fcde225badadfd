"""Asks for Latin letters, digits and signs: an address, a code, a password."""

from kivy.properties import BooleanProperty

from kiosk.stage import EnterText
from screens.entries import TextEntry
from screens.screen import Screen
from screens.widgets.kv import load_beside

load_beside(__file__)


class EnterTextScreen(Screen):
    """A field and a keyboard; the main action wakes when enough is there. A secret is dots until it is asked for."""

    hidden = BooleanProperty(False)

    def enough(self, text: str, view: EnterText) -> bool:
        """Tell whether the view takes what was entered."""
        return len(text.strip()) >= view.least

    def show_again(self) -> None:
        """Begin with the text that the view brings, its secret hidden."""
        self.hidden = self.view.secret
        entry: TextEntry = self.ids.entry
        entry.method = 1 if self.view.digits else 0
        entry.capitals = self.view.capitals
        entry.text = self.view.text

    def on_press_main(self) -> None:
        """Answer with what was entered."""
        self.dispatch("on_answer", self.ids.entry.text)

    def on_press_other(self) -> None:
        """Show a secret, or hide it again."""
        self.hidden = not self.hidden

    def forget(self) -> None:
        """Drop what was entered."""
        self.ids.entry.clear()
