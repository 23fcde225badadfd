"""Is the paper complete? Asked of whoever stands before the tray, when neither printer nor terminal can say."""

from kivy.app import App

from kiosk.stage import PaperFound
from screens.screen import Screen
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import fact

load_beside(__file__)


class PaperCheckScreen(Screen):
    """Two answers, equally easy to give; leaving is a third."""

    def on_view(self, *_: object) -> None:
        """Ask about another paper."""
        if self.ids:
            self.ids.pager.refresh()

    def on_press_main(self) -> None:
        """Answer that every page is there."""
        self.dispatch("on_answer", PaperFound.COMPLETE)

    def on_press_other(self) -> None:
        """Answer that something is missing."""
        self.dispatch("on_answer", PaperFound.INCOMPLETE)

    def entries(self, width: float, _height: float) -> list[Entry]:
        """Return what to look for, and what to do in doubt."""
        look = App.get_running_app().look
        return [
            fact(look.word("paper_check_pages"), str(self.view.pages), width),
            fact(look.word("paper_check_serial"), self.view.reference, width),
            fact(look.word("paper_check_unsure"), look.word("paper_check_ask"), width),
        ]
