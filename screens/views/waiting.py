"""Something is under way that the citizen waits for."""

from kivy.clock import Clock
from kivy.properties import NumericProperty

from screens.screen import Screen
from screens.widgets.kv import load_beside

load_beside(__file__)

_BEAT_S = 0.6


class WaitingScreen(Screen):
    """Three dots that show that time goes on: two pictures a second, no more. It never answers."""

    beat = NumericProperty(0)

    def show_again(self) -> None:
        """Begin to beat."""
        self.forget()
        self._beating = Clock.schedule_interval(self._next, _BEAT_S)

    def _next(self, *_: object) -> None:
        self.beat = (self.beat + 1) % 3

    def forget(self) -> None:
        """Stop beating."""
        beating = getattr(self, "_beating", None)
        if beating is not None:
            beating.cancel()
