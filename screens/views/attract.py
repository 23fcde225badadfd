"""The screen that waits for the next citizen, or says that the terminal is out of service."""

from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty

from kiosk.stage import Done, StaffAsked
from screens.screen import Screen
from screens.widgets.kv import load_beside

load_beside(__file__)

_REACH = 80.0  # px around the emblem's middle


class AttractScreen(Screen):
    """The whole glass is one button; the other language has its own."""

    wide = BooleanProperty(False)
    mid = NumericProperty(0)
    side = NumericProperty(1)
    hold_s = NumericProperty(5.0)  # how long the emblem is held to ask for the technician's screen

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._held = Clock.create_trigger(self._ask_for_staff, self.hold_s)
        self.fbind("hold_s", lambda _, seconds: setattr(self._held, "timeout", seconds))

    def _ask_for_staff(self, *_: object) -> None:
        self.dispatch("on_answer", StaffAsked.STAFF_ASKED)

    def on_touch_down(self, touch: Any) -> bool:
        """Begin to count how long the emblem is held."""
        if self.view.staff_entry and self._on_emblem(touch):
            self._held()
        return bool(super().on_touch_down(touch))

    def on_touch_move(self, touch: Any) -> bool:
        """Stop counting where the finger leaves the emblem."""
        if not self._on_emblem(touch):
            self._held.cancel()
        return bool(super().on_touch_move(touch))

    def _on_emblem(self, touch: Any) -> bool:
        emblem = self.ids.emblem
        x, y = touch.pos
        return bool(abs(x - emblem.center_x) < _REACH and abs(y - emblem.center_y) < _REACH)

    def forget(self) -> None:
        """Stop counting: another screen comes."""
        self._held.cancel()

    def start(self) -> None:
        """Begin a visit, unless the terminal is closed."""
        if self.view.closed is None:
            self.dispatch("on_answer", Done.DONE)

    def start_in_other_language(self) -> None:
        """Begin a visit in the other language."""
        App.get_running_app().look.next_language()
        self.start()

    def on_touch_up(self, touch: Any) -> bool:
        """Take a tap anywhere for the main button."""
        self._held.cancel()
        if super().on_touch_up(touch):
            return True
        if self.collide_point(*touch.pos) and touch.grab_current is None and not touch.grab_list:
            self.start()
            return True
        return False
