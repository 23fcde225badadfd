"""What a certificate's code states, and whether it holds."""

from collections.abc import Iterator

from kivy.app import App

from kiosk.stage import Done, Genuineness
from screens.screen import Screen
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import fact

load_beside(__file__)

_EMBLEMS = {
    Genuineness.GENUINE: ("genuine", "verify", "good"),
    Genuineness.REVOKED: ("revoked", "revoked", "bad"),
    Genuineness.FORGED: ("forged", "forged", "bad"),
}


class VerificationResultScreen(Screen):
    """A big verdict, then what the code states, to be compared with the paper."""

    emblems = _EMBLEMS

    def on_view(self, *_: object) -> None:
        """Show another result."""
        if self.ids:
            self.ids.pager.refresh()

    def on_press_main(self) -> None:
        """Answer that it was read."""
        self.dispatch("on_answer", Done.DONE)

    def entries(self, width: float, _height: float) -> list[Entry]:
        """Return what the code states."""
        return [fact(label, value, width) for label, value in self._facts()]

    def _facts(self) -> Iterator[tuple[str, str]]:
        look = App.get_running_app().look
        view, word = self.view, look.word
        if view.problem is not None:
            yield word("problem_next"), look.say(view.problem.next)
        if view.item_name is not None:
            yield word("certificate_item"), look.say(view.item_name)
        if view.holder_masked is not None:
            yield word("certificate_holder"), view.holder_masked
        if view.issued_on is not None:
            yield word("certificate_issued"), f"{view.issued_on:%Y-%m-%d}"
        if view.serial is not None:
            yield word("certificate_serial"), view.serial
        if view.result is not Genuineness.FORGED:
            known = view.list_as_of
            yield "", word("list_never") if known is None else word("list_as_of", day=f"{known:%Y-%m-%d}")
