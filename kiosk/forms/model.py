"""One question of a form, as a screen asks it: what may be answered, and what the answer is now.

Values are JSON values as the form's data schema wants them; dates are ISO 8601 strings (``format: date``).
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from wire.text import Text

Value = str | int | float | bool | None


class Keyboard(Enum):
    """Which keys a text question offers."""

    TEXT = auto()
    DIGITS = auto()
    ID_NUMBER = auto()
    PHONE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextQuestion:
    """Ask for a line of text of at most ``max_length`` characters."""

    key: str
    label: Text
    hint: Text | None = None
    required: bool = False
    value: str = ""
    max_length: int = 60
    keyboard: Keyboard = Keyboard.TEXT


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceQuestion:
    """Ask for one of some options. ``value`` is an option's value, or None."""

    key: str
    label: Text
    options: tuple[Option, ...]
    hint: Text | None = None
    required: bool = False
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNoQuestion:
    """Ask for yes or no."""

    key: str
    label: Text
    hint: Text | None = None
    required: bool = False
    value: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberQuestion:
    """Ask for a whole number within bounds (both included, None for none)."""

    key: str
    label: Text
    hint: Text | None = None
    required: bool = False
    value: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    unit: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateQuestion:
    """Ask for a day within bounds (both included)."""

    key: str
    label: Text
    earliest: date
    latest: date
    hint: Text | None = None
    required: bool = False
    value: date | None = None


Question = TextQuestion | ChoiceQuestion | YesNoQuestion | NumberQuestion | DateQuestion
