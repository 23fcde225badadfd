"""How a citizen enters something: digits, text, a day, a choice. Each keeps what was entered until ``clear``."""

from screens.entries.choice import ChoiceEntry
from screens.entries.day import DayEntry
from screens.entries.digits import DigitsEntry
from screens.entries.field import Field
from screens.entries.keys import Keys
from screens.entries.text import TextEntry

__all__ = ["ChoiceEntry", "DayEntry", "DigitsEntry", "Field", "Keys", "TextEntry"]
