"""Rows of keys. Knows where keys are, not what they mean."""

from dataclasses import dataclass

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from screens.theme import LEAST_TARGET_PX
from screens.widgets.button import PushButton
from screens.widgets.kv import discard

HIGHEST_KEY = 148.0


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``word`` is a word of the chrome, ``caption`` what is written on it as it is; ``span`` in columns."""

    code: str
    caption: str = ""
    word: str = ""
    icon: str = ""
    span: float = 1
    kind: str = "key"


Rows = tuple[tuple[Key, ...], ...]


class KeyButton(PushButton):
    """One key, which tells the :class:`Keys` that it lies in."""

    code = StringProperty("")

    def on_release(self) -> None:
        """Event: the key was tapped."""
        if self.parent is not None:
            self.parent.dispatch("on_key", self.code)


class Keys(Widget):
    """Keys in ``rows`` of ``columns``, centred at the bottom of its box. Fires ``on_key`` with a key's code.

    Buttons are kept by the app from one keyboard to the next: making thirty of them takes longer than all the rest
    of a view. They hold what is printed on them, never what was typed.
    """

    unspoken = True  # when the screen is read aloud
    rows = ObjectProperty(())
    columns = NumericProperty(3)
    gap = NumericProperty(12)
    widest_key = NumericProperty(1000)
    centred = BooleanProperty(True)

    __events__ = ("on_key",)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._buttons: list[KeyButton] = []
        self._spare: list[KeyButton] = App.get_running_app().spare_keys
        self._arrange_soon = Clock.create_trigger(self._arrange, -1)
        for name in ("pos", "size", "rows", "columns"):
            self.fbind(name, self._arrange_soon)
        App.get_running_app().look.bind(language=self._arrange_soon)

    def on_key(self, code: str) -> None:
        """Event with the code of the key that was tapped."""

    def key_height(self, height: float) -> float:
        """Return how high a key is when there are ``height`` px."""
        count = max(len(self.rows), 1)
        return float(max(LEAST_TARGET_PX, min(HIGHEST_KEY, (height - self.gap * (count - 1)) / count)))

    def height_for(self, height: float) -> float:
        """Return how much of ``height`` px the keys take."""
        return self.key_height(height) * len(self.rows) + float(self.gap) * (len(self.rows) - 1)

    def _arrange(self, *_: object) -> None:
        keys = [key for row in self.rows for key in row]
        self._take(len(keys))
        buttons = iter(self._buttons)
        word = App.get_running_app().look.word
        side = min(self.widest_key, (self.width - self.gap * (self.columns - 1)) / self.columns)
        left = self.center_x - (side * self.columns + self.gap * (self.columns - 1)) / 2
        high = self.key_height(self.height)
        y = self.y + (high + self.gap) * (len(self.rows) - 1)
        for row in self.rows:
            spans = sum(key.span for key in row)
            x = left + ((self.columns - spans) * (side + self.gap) / 2 if self.centred else 0)
            for key in row:
                width = side * key.span + self.gap * (key.span - 1)
                button = next(buttons)
                button.code, button.name, button.icon, button.kind = key.code, f"key:{key.code}", key.icon, key.kind
                button.flow = "row" if key.span > 1 else "column"
                button.style = "small" if key.word else "strong"
                button.caption = word(key.word) if key.word else key.caption
                button.pos, button.size = (x, y), (width, high)
                x += width + self.gap
            y -= high + self.gap

    def _take(self, count: int) -> None:
        """Have so many buttons, from those to spare first."""
        while len(self._buttons) > count:
            self._spare_one(self._buttons.pop())
        while len(self._buttons) < count:
            button = self._spare.pop() if self._spare else KeyButton()
            self._buttons.append(button)
            self.add_widget(button)

    def _spare_one(self, button: KeyButton) -> None:
        """Keep a button for the next keyboard; never one under a finger, which would become another key there."""
        self.remove_widget(button)
        if button.state == "normal":
            self._spare.append(button)
        else:
            discard(button)

    def give_back(self) -> None:
        """Give all buttons away: the keyboard is dropped."""
        self._arrange_soon.cancel()
        self._take(0)
