"""A line of text by letters and digits. Chinese input methods become further entries of :data:`METHODS`."""

from collections.abc import Callable
from dataclasses import dataclass

from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.widget import Widget

from screens.entries.keys import Key, Rows
from screens.theme import LEAST_TARGET_PX
from screens.widgets.kv import load_beside

load_beside(__file__)

_GAP = 8
_MARGIN = 24  # px of the frame's margins that the keys may take on either side
_QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ALPHABET = ("abcdefg", "hijklmn", "opqrstu", "vwxyz")
_DIGITS = ("1234567890", "-/:;()#&@", ".,?!'+*")
_DIGITS_NARROW = ("1234567", "890-/:;", "()#&@.,", "?!'+*")
_SIGNS = ('_=%$~^`|\\"', "<>[]{}")
_SIGNS_NARROW = ("_=%$~^`", '|\\"<>[]', "{}")


@dataclass(frozen=True, slots=True)
class Method:
    """One way to enter text: the word on the key that switches to it, and its rows of letters, wide or narrow."""

    word: str
    wide: tuple[str, ...]
    narrow: tuple[str, ...]

    def rows(self, columns: int, other: "Method", *, capitals: bool) -> Rows:
        """Return the rows of keys; the last one has the space and what switches."""
        letters = self.wide if columns == len(self.wide[0]) else self.narrow
        cased: Callable[[str], str] = str.upper if capitals else str
        rows = [tuple(Key(cased(char), cased(char)) for char in row) for row in letters]
        rows[-1] = (*rows[-1], Key("delete", icon="backspace", span=2))
        switches = (
            Key("shift", word="shift", span=2, kind="chosen" if capitals else "key"),
            Key("switch", word=other.word, span=2),
        )
        return (*rows, (*switches, Key(" ", word="space", span=columns - 4)))


METHODS = (Method("letters", _QWERTY, _ALPHABET), Method("digits", _DIGITS, _DIGITS_NARROW))
WITH_SIGNS = (*METHODS, Method("signs", _SIGNS, _SIGNS_NARROW))  # everything of ASCII: addresses and passwords


class TextEntry(Widget):
    """A field above a keyboard. ``text`` is what was entered; ``capitals`` whether letters come as capitals.

    ``with_signs``: every sign of ASCII can be entered. ``secret``: dots are shown.
    """

    text = StringProperty("")
    max_length = NumericProperty(60)
    capitals = BooleanProperty(False)
    with_signs = BooleanProperty(False)
    secret = BooleanProperty(False)
    method = NumericProperty(0)
    columns = NumericProperty(10)

    def on_width(self, _entry: object, width: float) -> None:
        """Take the alphabet in seven columns where ten letters would be too small for a finger."""
        ten = 10
        self.columns = ten if width + 2 * _MARGIN >= ten * LEAST_TARGET_PX + 9 * _GAP else 7

    def rows(self, method: float, columns: float, *, capitals: bool, with_signs: bool) -> Rows:
        """Return the keys of a method."""
        methods = WITH_SIGNS if with_signs else METHODS
        other = methods[(int(method) + 1) % len(methods)]
        return methods[int(method)].rows(int(columns), other, capitals=capitals)

    def shown(self, text: str, *, secret: bool) -> str:
        """Return what the field shows."""
        return "●" * len(text) if secret else text

    def press(self, code: str) -> None:
        """Do what a key says."""
        if code == "delete":
            self.text = self.text[:-1]
        elif code == "shift":
            self.capitals = not self.capitals
        elif code == "switch":
            self.method = (self.method + 1) % len(WITH_SIGNS if self.with_signs else METHODS)
        elif len(self.text) < self.max_length:
            self.text += code

    def clear(self) -> None:
        """Drop what was entered."""
        self.text = ""
