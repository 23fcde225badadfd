"""How a case stands: its newest state first, and the steps so far as a time line."""

from collections.abc import Iterator

from kivy.app import App
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.widget import Widget

from kiosk.stage import Done
from screens.screen import Screen
from screens.typesetting import text_height
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import fact
from wire.case import CaseStep, show_case_number

load_beside(__file__)


class TimelineStep(Widget):
    """One step: a dot on the line, what it was, when, and what the officer wrote."""

    state_name = StringProperty("")
    at = StringProperty("")
    note = StringProperty("")
    newest = BooleanProperty(False)
    oldest = BooleanProperty(False)


class CaseProgressScreen(Screen):
    """The time line runs from the newest step down, the facts of the case below it."""

    def on_view(self, *_: object) -> None:
        """Show another case."""
        if self.ids:
            self.ids.pager.page = 0
            self.ids.pager.refresh()

    def on_press_main(self) -> None:
        """Answer that it was read."""
        self.dispatch("on_answer", Done.DONE)

    def entries(self, width: float, _height: float) -> list[Entry]:
        """Return the time line, then the facts."""
        return list(self._entries(width))

    def _entries(self, width: float) -> Iterator[Entry]:
        look = App.get_running_app().look
        case = self.view.case
        steps = tuple(reversed(case.steps))
        for at, step in enumerate(steps):
            yield self._step(step, width, newest=at == 0, oldest=at == len(steps) - 1)
        if case.promised_by is not None:
            yield fact(look.word("case_promised"), f"{case.promised_by:%Y-%m-%d}", width)
        yield fact(look.word("case_number"), show_case_number(case.case_number), width)
        yield fact(look.word("case_applicant"), case.applicant_masked, width)

    @staticmethod
    def _step(step: CaseStep, width: float, *, newest: bool, oldest: bool) -> Entry:
        look = App.get_running_app().look
        name, at = look.word(f"state_{step.state.value}"), f"{step.at:%Y-%m-%d %H:%M}"
        room = width - 100
        height = (
            text_height(name, look.sizes["strong"], room, bold=True)
            + text_height(at, look.sizes["small"], room)
            + text_height(step.note, look.sizes["body"], room)
            + 12
        )
        return Entry(
            height,
            lambda: TimelineStep(state_name=name, at=at, note=step.note, newest=newest, oldest=oldest),
        )
