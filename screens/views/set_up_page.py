"""One page of a terminal's set-up: rows that say how things stand, and those of them that can be touched."""

from kiosk.stage import Chosen, Done
from screens.rows import row_entry
from screens.screen import Screen
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from wire.text import Text

load_beside(__file__)


class SetUpPageScreen(Screen):
    """Rows in pages; the flow decides what they mean."""

    _title: Text | None = None

    def on_view(self, *_: object) -> None:
        """Show what has changed; another page begins at its top."""
        if self.ids:
            if self.view.title != self._title:
                self.ids.pager.page = 0
            self.ids.pager.refresh()
        self._title = self.view.title

    def on_press_main(self) -> None:
        """Go on."""
        self.dispatch("on_answer", Done.DONE)

    def on_press_other(self) -> None:
        """Do the other thing."""
        self.dispatch("on_answer", Chosen(self.view.other[0]))

    def entries(self, width: float, _height: float) -> list[Entry]:
        """Return the rows."""
        return [row_entry(row, width, self._choose) for row in self.view.rows]

    def _choose(self, key: str) -> None:
        self.dispatch("on_answer", Chosen(key))
