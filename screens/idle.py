"""The idle warning, over whatever is shown."""

from kivy.clock import Clock
from kivy.properties import NumericProperty

from kiosk.stage import IdleAnswer, IdleWarning
from screens.overlay import Overlay
from screens.widgets.kv import load_beside

load_beside(__file__)


class IdleOverlay(Overlay):
    """A question with a countdown. It counts by itself between two warnings, and decides nothing at zero."""

    seconds_left = NumericProperty(0)

    __events__ = ("on_answer",)

    def on_answer(self, answer: IdleAnswer) -> None:
        """Event: the citizen touched an answer."""

    def on_main(self) -> None:
        """Answer that somebody is there."""
        self.dispatch("on_answer", IdleAnswer.STAY)

    def on_other(self) -> None:
        """Answer that whoever is there wants to leave."""
        self.dispatch("on_answer", IdleAnswer.LEAVE)

    def warn(self, view: IdleWarning) -> None:
        """Show how long there is."""
        self.seconds_left = view.seconds_left
        self.stop()
        self._counting = Clock.schedule_interval(self._count, 1)

    def _count(self, *_: object) -> None:
        self.seconds_left = max(self.seconds_left - 1, 0)

    def stop(self) -> None:
        """Stop counting."""
        counting = getattr(self, "_counting", None)
        if counting is not None:
            counting.cancel()
