"""The screen that waits for the next citizen, or says that the terminal is out of service."""

from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, NumericProperty

from kiosk.stage import Done
from screens.screen import Screen
from screens.widgets.kv import load_beside

load_beside(__file__)


class AttractScreen(Screen):
    """The whole glass is one button; the other language has its own."""

    wide = BooleanProperty(False)
    mid = NumericProperty(0)
    side = NumericProperty(1)

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
        if super().on_touch_up(touch):
            return True
        if self.collide_point(*touch.pos) and touch.grab_current is None and not touch.grab_list:
            self.start()
            return True
        return False
