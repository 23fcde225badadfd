"""The view models: one for each kind of screen, and the answers that each gives. Codes are in ``code_views.py``.

A view is frozen and carries every text in both languages, so that a citizen can switch language, text size and
contrast while it is shown. Showing another view of the same class updates the screen in place. No view carries
more of a citizen than the screen shows (numbers are masked before they come here).
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Generic, TypeVar

from kiosk.forms.model import Question, Value
from wire.catalogue import ServiceItem
from wire.identity import DocumentKind
from wire.problems import Problem
from wire.text import Text

A_co = TypeVar("A_co", covariant=True)


class Done(Enum):
    """The only answer of a view that has nothing to choose."""

    DONE = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """Where in a task the citizen is: the step bar's names, and which is under way (from 0)."""

    names: tuple[Text, ...]
    current: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View(Generic[A_co]):
    """One screen. ``can_go_back`` offers Back, ``can_leave`` Home and help; ``step`` shows the step bar."""

    can_go_back: bool = True
    can_leave: bool = True
    step: Step | None = None


class StaffAsked(Enum):
    """Somebody held the centre's emblem as long as a technician does."""

    STAFF_ASKED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attract(View[Done | StaffAsked]):
    """The screen that waits for the next citizen. ``closed`` says why the terminal is out of service.

    ``staff_entry``: holding the emblem asks for the technician's screen.
    """

    centre_name: Text
    closed: Problem | None = None
    staff_entry: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """One thing to do on the home menu. ``icon`` names a drawing of ``screens``."""

    key: str
    icon: str
    title: Text
    subtitle: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Home(View[str]):
    """The home menu; the answer is a tile's key. ``citizen_masked`` greets whoever's card lies on the reader."""

    tiles: tuple[Tile, ...]
    citizen_masked: str | None = None


@dataclass(frozen=True, slots=True)
class ItemCard:
    """One service item in a list. ``note`` is short: a fee, a promise, ``即办``."""

    code: str
    name: Text
    department: Text
    note: Text


@dataclass(frozen=True, slots=True)
class Chosen:
    """The citizen chose an entry of a list."""

    code: str


@dataclass(frozen=True, slots=True)
class SearchFor:
    """The citizen typed into the search field (Chinese, pinyin, or pinyin initials)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemList(View[Chosen | SearchFor]):
    """Service items to choose from. ``query`` is what was searched for, None where there is no search field."""

    title: Text
    items: tuple[ItemCard, ...]
    query: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemGuide(View[Done]):
    """What one item is, needs, costs and promises, before anything is asked. Done starts it."""

    item: ServiceItem
    department: Text


class ReaderState(Enum):
    """What the identify screen shows of the reader."""

    WAITING = auto()
    READING = auto()
    MISSING = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify(View[Done]):
    """Ask for a card. It never answers by itself: the card does, or Back. ``problem``: why the last try failed."""

    accepted: tuple[DocumentKind, ...]
    reader: ReaderState
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The citizen's answer to one question; None leaves an optional question open."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage(View[Answered]):
    """One question. ``number`` of ``total`` pages, from 1; ``error`` says what is wrong with the last answer."""

    title: Text
    question: Question
    number: int
    total: int
    error: Text | None = None


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One line to check. ``edit`` is the question to go back to, None where the document said it."""

    label: Text
    value: Text
    edit: str | None = None


class Confirmed(Enum):
    """The citizen says that all of it is right."""

    CONFIRMED = auto()


@dataclass(frozen=True, slots=True)
class Edit:
    """The citizen wants to change one answer."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(View[Confirmed | Edit]):
    """Everything about to be sent or printed, masked where it is personal. ``confirm`` is the main button's word."""

    title: Text
    rows: tuple[ReviewRow, ...]
    confirm: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(View[Done]):
    """Something is under way that the citizen waits for. ``problem`` says what it waits for (paper), if anything."""

    message: Text
    detail: Text | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered(View[Done]):
    """The end of a task. ``reference`` is a serial or case number; ``take`` names what to take along."""

    title: Text
    message: Text
    reference: str | None = None
    reference_label: Text | None = None
    take_paper: bool = False
    take_card: bool = False


class Choice(Enum):
    """What to do after a problem."""

    RETRY = auto()
    LEAVE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemShown(View[Choice]):
    """Something went wrong: what happened, what is kept, what to do next, with its number."""

    problem: Problem
    can_retry: bool = False


class PaperFound(Enum):
    """What the citizen finds in the tray."""

    COMPLETE = auto()
    INCOMPLETE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperCheck(View[PaperFound]):
    """Nobody but the citizen can say whether all ``pages`` came out: ask. ``problem``: why that is so."""

    problem: Problem
    pages: int
    reference: str


class IdleAnswer(Enum):
    """What a citizen says when asked whether anybody is still there."""

    STAY = auto()
    LEAVE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleWarning(View[IdleAnswer]):
    """Nobody touched anything for a while; the session ends in ``seconds_left``. Laid over the view below."""

    seconds_left: int
