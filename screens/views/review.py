"""Everything about to be sent or printed, to be checked by the citizen."""

from kivy.app import App

from kiosk.stage import Confirmed, Edit, ReviewRow
from screens.screen import Screen
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import PADDING, Fact, fact_height

load_beside(__file__)

_CHANGE_WIDTH = 236.0


class ReviewScreen(Screen):
    """Rows in pages, each with a button to change it where it can be changed."""

    def on_view(self, *_: object) -> None:
        """Show other rows."""
        if self.ids:
            self.ids.pager.refresh()

    def on_press_main(self) -> None:
        """Answer that all of it is right."""
        self.dispatch("on_answer", Confirmed.CONFIRMED)

    def entries(self, width: float, _height: float) -> list[Entry]:
        """Return the rows."""
        say = App.get_running_app().look.say

        def entry(row: ReviewRow) -> Entry:
            taken = _CHANGE_WIDTH if row.edit is not None else 0
            label, value = say(row.label), say(row.value)
            height = max(fact_height(label, value, width - 2 * PADDING - taken), 132 if taken else 0)
            return Entry(height, lambda: self._row(row, label, value, taken))

        return [entry(row) for row in self.view.rows]

    def _row(self, row: ReviewRow, label: str, value: str, taken: float) -> Fact:
        made = ChangeableFact if row.edit is not None else Fact
        widget = made(name=f"row:{row.edit}", label=label, value=value, edit_width=taken)
        if row.edit is not None:
            widget.bind(on_edit=lambda _: self.dispatch("on_answer", Edit(row.edit)))
        return widget


class ChangeableFact(Fact):
    """A fact with a button to change it."""
