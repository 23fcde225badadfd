"""What an MRZ says, and where each size of document has it: the layouts of Doc 9303 as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import ClassVar, Final

from devices.errors import DeviceError
from wire.identity import Sex


class MrzWrong(DeviceError):
    """A text is no MRZ, or its check digits contradict it. The message names the field, never its value."""

    code: ClassVar[str] = "card.mrz_wrong"


class Size(Enum):
    """The size of a document, which gives its lines: how many and how long."""

    TD1 = (3, 30)  # a card
    TD2 = (2, 36)
    TD3 = (2, 44)  # a passport

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.value[0]

    @property
    def width(self) -> int:
        """How many characters a line has."""
        return self.value[1]


class Chars(Enum):
    """What may stand in a field; the filler may stand in each but a check digit."""

    DIGITS = "digits"
    LETTERS = "letters"
    MIXED = "letters and digits"


@dataclass(frozen=True, slots=True)
class Field:
    """Where a field lies. ``check``: the place of its own check digit in the same line, if it has one."""

    line: int
    start: int
    size: int
    chars: Chars
    check: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one size of document has its fields, and which parts the composite check digit covers.

    ``composite`` is the digit's place, ``covered`` are (line, from, to) in order.
    """

    fields: Mapping[str, Field]
    composite: tuple[int, int]
    covered: tuple[tuple[int, int, int], ...]


LAYOUTS: Final[Mapping[Size, Layout]] = {
    Size.TD1: Layout(  # Doc 9303-5, 4.2
        {
            "document_code": Field(0, 0, 2, Chars.LETTERS),
            "issuer": Field(0, 2, 3, Chars.LETTERS),
            "document_number": Field(0, 5, 9, Chars.MIXED, 14),
            "optional": Field(0, 15, 15, Chars.MIXED),
            "birth_date": Field(1, 0, 6, Chars.DIGITS, 6),
            "sex": Field(1, 7, 1, Chars.LETTERS),
            "expiry_date": Field(1, 8, 6, Chars.DIGITS, 14),
            "nationality": Field(1, 15, 3, Chars.LETTERS),
            "optional_2": Field(1, 18, 11, Chars.MIXED),
            "names": Field(2, 0, 30, Chars.LETTERS),
        },
        (1, 29),
        ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)),
    ),
    Size.TD2: Layout(  # Doc 9303-6, 4.2
        {
            "document_code": Field(0, 0, 2, Chars.LETTERS),
            "issuer": Field(0, 2, 3, Chars.LETTERS),
            "names": Field(0, 5, 31, Chars.LETTERS),
            "document_number": Field(1, 0, 9, Chars.MIXED, 9),
            "nationality": Field(1, 10, 3, Chars.LETTERS),
            "birth_date": Field(1, 13, 6, Chars.DIGITS, 19),
            "sex": Field(1, 20, 1, Chars.LETTERS),
            "expiry_date": Field(1, 21, 6, Chars.DIGITS, 27),
            "optional": Field(1, 28, 7, Chars.MIXED),
        },
        (1, 35),
        ((1, 0, 10), (1, 13, 20), (1, 21, 35)),
    ),
    Size.TD3: Layout(  # Doc 9303-4, 4.2
        {
            "document_code": Field(0, 0, 2, Chars.LETTERS),
            "issuer": Field(0, 2, 3, Chars.LETTERS),
            "names": Field(0, 5, 39, Chars.LETTERS),
            "document_number": Field(1, 0, 9, Chars.MIXED, 9),
            "nationality": Field(1, 10, 3, Chars.LETTERS),
            "birth_date": Field(1, 13, 6, Chars.DIGITS, 19),
            "sex": Field(1, 20, 1, Chars.LETTERS),
            "expiry_date": Field(1, 21, 6, Chars.DIGITS, 27),
            "optional": Field(1, 28, 14, Chars.MIXED, 42),
        },
        (1, 43),
        ((1, 0, 10), (1, 13, 20), (1, 21, 43)),
    ),
}


@dataclass(frozen=True, slots=True)
class Mrz:
    """What an MRZ says; every check digit has held. Fillers are gone, in names they are spaces.

    ``issuer`` and ``nationality`` are codes of Doc 9303-3, 5 (``D`` for Germany). ``birth_date`` is None where the
    document leaves a part of it open. ``lines`` are the zone itself.
    """

    size: Size
    document_code: str
    issuer: str
    document_number: str = field(repr=False)
    nationality: str = field(repr=False)
    birth_date: date | None = field(repr=False)
    sex: Sex = field(repr=False)
    expiry_date: date | None = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    optional: str = field(repr=False)
    optional_2: str = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    seed: str = field(repr=False)

    def key(self) -> str:
        """Return the key that opens the chip: number, birth, expiry, each with its check digit (Doc 9303-11, 4.3.2)."""
        return self.seed

    @property
    def name(self) -> str:
        """Surname and given names, as they follow each other in the zone."""
        return f"{self.surname} {self.given_names}".strip()
