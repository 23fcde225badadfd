"""The view models with which a technician sets a terminal up. What is secret on them is left out of their reprs."""

from dataclasses import dataclass, field
from enum import Enum, auto

from kiosk.stage.views import Chosen, Done, View
from wire.problems import Problem
from wire.text import Text

NOTHING = Text(zh="", en="")


class RowState(Enum):
    """How what a row is about stands."""

    PLAIN = auto()
    GOOD = auto()
    BAD = auto()
    OFF = auto()  # there, and not wanted


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a page: an icon, what it is, how it stands. ``key``: it can be chosen, and that is the answer."""

    title: Text
    note: Text = NOTHING
    icon: str = ""
    state: RowState = RowState.PLAIN
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpPage(View[Chosen | Done]):
    """One page of the set-up: rows, and what to do. ``main`` answers Done, ``other`` the key that comes with it."""

    title: Text
    hint: Text = NOTHING
    rows: tuple[Row, ...] = field(default=(), repr=False)
    problem: Problem | None = None
    main: Text | None = None
    other: tuple[str, Text] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterText(View[str]):
    """Ask for Latin letters, digits and signs. ``secret``: dots are shown unless asked not to. ``text`` is there first.

    ``least`` is how many characters wake the main action; 0 takes an empty answer, too. ``digits`` come first.
    """

    title: Text
    prompt: Text
    text: str = field(default="", repr=False)
    least: int = 1
    most: int = 100
    secret: bool = False
    capitals: bool = False
    digits: bool = False
    problem: Problem | None = None
