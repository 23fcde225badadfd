"""A keypad for digits, with X for an ID number."""

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from screens.entries.keys import Key, Rows
from screens.widgets.kv import load_beside

load_beside(__file__)

_DELETE = Key("delete", icon="backspace", word="delete")


def keypad(*, with_x: bool) -> Rows:
    """Return the rows of a keypad, in a telephone's order."""
    rows = tuple(tuple(Key(digit, digit) for digit in row) for row in ("123", "456", "789"))
    left = Key("X", "X") if with_x else Key("clear", word="clear", icon="close")
    return (*rows, (left, Key("0", "0"), _DELETE))


def grouped(text: str, length: int) -> str:
    """Return digits in groups that can be read aloud: 6-8-4 for an ID number, else in fours from the left."""
    cuts = (6, 14) if length == len("210203199001011234") else range(4, length, 4) if length > 6 else ()  # noqa: PLR2004
    return "".join((" " if at in cuts else "") + char for at, char in enumerate(text))


class DigitsEntry(Widget):
    """A field above a keypad. ``text`` is what was entered.

    ``exact``: exactly ``max_length`` are wanted, and the note below says how many are missing. ``with_x``: the last
    one may be X. ``secret``: dots are shown. ``unit``: a text behind the number.
    """

    text = StringProperty("")
    max_length = NumericProperty(18)
    exact = BooleanProperty(False)
    with_x = BooleanProperty(False)
    secret = BooleanProperty(False)
    unit = ObjectProperty(None, allownone=True)

    def rows(self, with_x: bool) -> Rows:  # noqa: FBT001 - as kv calls it
        """Return the keys."""
        return keypad(with_x=with_x)

    def press(self, code: str) -> None:
        """Do what a key says."""
        if code == "delete":
            self.text = self.text[:-1]
        elif code == "clear":
            self.text = ""
        elif len(self.text) < self.max_length and (code != "X" or len(self.text) == self.max_length - 1):
            self.text += code

    def clear(self) -> None:
        """Drop what was entered."""
        self.text = ""

    def shown(self, text: str, unit: str) -> str:
        """Return what the field shows."""
        digits = grouped("●" * len(text) if self.secret else text, int(self.max_length) if self.exact else len(text))
        return f"{digits} {unit}" if unit and digits else digits
