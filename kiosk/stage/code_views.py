"""The view models about codes and numbers: scanned, typed, and what they lead to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from devices.camera.api import Frame
from devices.scanner.api import Hint
from kiosk.stage.views import Done, View
from wire.case import CaseView
from wire.problems import Problem
from wire.text import Text

Preview = Callable[[], Frame | None]
Hinting = Callable[[], Hint]


@dataclass(frozen=True, slots=True)
class TypeInstead:
    """The citizen would rather type the number than scan it."""


class Sought(Enum):
    """What is to be held before the camera."""

    QR_CODE = auto()
    INVITATION = auto()  # the QR code with which a centre's administrator invites a terminal
    PRINTED_LINES = auto()  # a travel document's machine readable zone, 机读码


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanCode(View[TypeInstead]):
    """Ask for what is ``sought``; the camera answers, or Back, or typing. ``preview`` and ``hint`` are asked meanwhile.

    Of the hints, printed lines have SEARCHING and UNCLEAR.
    """

    prompt: Text
    sought: Sought = Sought.QR_CODE
    preview: Preview | None = None
    hint: Hinting | None = None
    problem: Problem | None = None
    can_type: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterDigits(View[str]):
    """Ask for exactly ``length`` digits (``last_may_be_x``: the last one may be X, as in an ID number)."""

    title: Text
    prompt: Text
    length: int
    last_may_be_x: bool = False
    secret: bool = False
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProgress(View[Done]):
    """How a case stands."""

    case: CaseView


class Genuineness(Enum):
    """What a check of a printed certificate found."""

    GENUINE = auto()
    REVOKED = auto()
    FORGED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationResult(View[Done]):
    """What a certificate's code states, and whether it holds. The statement is None for a forged one.

    ``list_as_of``: the day of the revocation list that was used, None when the terminal never had one.
    """

    result: Genuineness
    problem: Problem | None = None
    serial: str | None = None
    item_name: Text | None = None
    holder_masked: str | None = None
    issued_on: date | None = None
    list_as_of: date | None = None
