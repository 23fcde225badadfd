"""Text and icons: labels that are exactly as high as their text, broken as Chinese is printed."""

from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.label import Label

from screens.typesetting import balanced, broken, legible, line_height, text_width
from screens.widgets.kv import load_beside

load_beside(__file__)


_ANY_SIZE: tuple[float | None, float | None] = (None, None)


class Words(Label):
    """One text. ``raw`` is what it says, ``style`` a size of ``screens.theme``, ``tint`` a colour of it.

    As wide as it is told and as high as its lines; with ``hug`` one line, as wide as its text;
    with ``even`` its lines are about equally long.
    """

    raw = StringProperty("")
    style = StringProperty("body")
    tint = StringProperty("ink")
    hug = BooleanProperty(False)
    even = BooleanProperty(False)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        for name in ("raw", "width", "font_size", "bold", "hug", "even"):
            self.fbind(name, self._set)
        self._set()

    def _set(self, *_: object) -> None:
        size = int(self.font_size)
        if not self.raw:
            self.text, self.height = "", 0
            return
        if self.hug:
            self.text_size = _ANY_SIZE
            self.text = legible(self.raw)
            self.width = text_width(self.raw, size, bold=self.bold) + 2
            self.height = line_height(size, bold=self.bold)
            return
        lines = (balanced if self.even else broken)(self.raw, size, self.width, bold=self.bold)
        self.text_size = (self.width, None)
        self.text = "\n".join(lines)
        self.height = len(lines) * line_height(size, bold=self.bold)


class Icon(Label):
    """One icon in a square box. ``icon`` is a name of ``screens.icons``; ``scale`` a size of ``ICON_SIZES``."""

    icon = StringProperty("")
    scale = StringProperty("body")
    tint = StringProperty("brand")
