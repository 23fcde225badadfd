"""The box that shows what was entered so far. Never a toolkit's text input: those keep a copy of what was typed."""

from kivy.app import App
from kivy.properties import BooleanProperty, StringProperty

from screens.typesetting import broken, line_height, text_width
from screens.widgets.kv import load_beside
from screens.widgets.panel import Panel

load_beside(__file__)

_STYLES = ("title", "strong", "body", "small")


class Field(Panel):
    """Shows ``text`` in the largest style that fits, its last lines where it is longer; ``note`` below it."""

    unspoken = True  # when the screen is read aloud
    text = StringProperty("")
    note = StringProperty("")
    shown = StringProperty("")
    style = StringProperty("title")
    caret = BooleanProperty(True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        for name in ("text", "width", "height"):
            self.fbind(name, self._fit)
        self._look = App.get_running_app().look
        self._look.bind(sizes=self._fit)
        self._fit()

    def _fit(self, *_: object) -> None:
        sizes = self._look.sizes
        room, height = (self.width - 76) * 0.97, self.height - 24  # less than the label has: see typesetting
        for style in _STYLES:
            self.style = style
            if text_width(self.text, sizes[style], bold=True) <= room and line_height(sizes[style]) <= height:
                self.shown = self.text
                return
        lines = broken(self.text, sizes[self.style], room, bold=True)
        fitting = max(int(height // line_height(sizes[self.style], bold=True)), 1)
        self.shown = "\n".join(lines[-fitting:])
