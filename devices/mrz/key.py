"""Check digits, and the key that opens a document's chip, made of three fields of its MRZ."""

import string
from datetime import date
from typing import Final

from devices.mrz.fields import MrzWrong

ALPHABET: Final = frozenset(string.ascii_uppercase + string.digits + "<")
_WEIGHTS: Final = (7, 3, 1)
_NUMBER_WIDTH: Final = 9


def check_digit(field: str) -> str:
    """Return the check digit of a field (Doc 9303-3, 4.9). Raises ``MrzWrong`` for a character of another set."""
    if not ALPHABET.issuperset(field):
        raise MrzWrong("character")
    return str(sum(_WEIGHTS[place % 3] * value_of(character) for place, character in enumerate(field)) % 10)


def value_of(character: str) -> int:
    """Return what a character counts in a check digit: 0 to 9, A is 10 and Z 35, the filler nothing."""
    return 0 if character == "<" else int(character, 36)


def key_of(document_number: str, birth_date: date, expiry_date: date) -> str:
    """Return the key of a document whose number and dates were typed in (Doc 9303-11, 4.3.2 and 9.7.3).

    A number shorter than nine characters is filled up; letters may be small, spaces and fillers at its end are dropped.
    """
    number = document_number.upper().replace(" ", "").rstrip("<").ljust(_NUMBER_WIDTH, "<")
    dates = (f"{day:%y%m%d}" for day in (birth_date, expiry_date))
    return "".join(field + check_digit(field) for field in (number, *dates))
