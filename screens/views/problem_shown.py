"""Something went wrong: what happened, what is kept, what to do next, and its number for the staff."""

from kivy.app import App

from kiosk.stage import Choice
from screens.screen import Screen
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import fact

load_beside(__file__)


class ProblemShownScreen(Screen):
    """The main action is to try again where that makes sense, to leave where it doesn't."""

    def on_view(self, *_: object) -> None:
        """Show another problem."""
        if self.ids:
            self.ids.pager.refresh()

    def on_press_main(self) -> None:
        """Try again, or leave where nothing else is left."""
        self.dispatch("on_answer", Choice.RETRY if self.view.can_retry else Choice.LEAVE)

    def on_press_other(self) -> None:
        """Leave."""
        self.dispatch("on_answer", Choice.LEAVE)

    def entries(self, width: float, _height: float) -> list[Entry]:
        """Return what is kept, and what to do."""
        look = App.get_running_app().look
        problem = self.view.problem
        return [
            fact(look.word(label), look.say(text), width)
            for label, text in (("problem_kept", problem.kept), ("problem_next", problem.next))
            if look.say(text)
        ]
