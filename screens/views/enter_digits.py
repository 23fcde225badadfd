"""Asks for exactly so many digits."""

from screens.entries import DigitsEntry
from screens.screen import Screen
from screens.widgets.kv import load_beside

load_beside(__file__)


class EnterDigitsScreen(Screen):
    """A field and a keypad; the main action wakes when all digits are there."""

    @property
    def _entry(self) -> DigitsEntry:
        entry: DigitsEntry = self.ids.entry
        return entry

    def show_again(self) -> None:
        """Begin with an empty field."""
        self.forget()

    def on_press_main(self) -> None:
        """Answer with the digits."""
        self.dispatch("on_answer", self._entry.text)

    def forget(self) -> None:
        """Drop the digits."""
        self._entry.clear()
