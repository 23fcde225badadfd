"""Who a citizen is, as a document says it, and how that is shown to a person (masked)."""

import re
from datetime import date
from enum import StrEnum

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from wire.model import Message


class DocumentKind(StrEnum):
    """The kind of document that was read."""

    RESIDENT_CARD = "resident_card"
    SOCIAL_SECURITY_CARD = "social_security_card"


class Sex(StrEnum):
    """Sex as the document gives it (GB/T 2261.1: 1 male, 2 female, 0 and 9 unknown)."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class Identity(Message):
    """What one document says of its holder. Lives in memory during a visit, or sealed.

    ``id_number`` is the resident ID number (GB 11643, 18 characters, check digit verified by the driver).
    ``nation`` is the name of the nationality in Chinese (GB/T 3304), ``valid_to``: None for 长期.
    ``photo`` is the chip's own coding, handed through.
    """

    document: DocumentKind
    name: str
    id_number: str
    sex: Sex
    birth_date: date
    nation: str | None = None
    address: str | None = None
    issuer: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    card_number: str | None = None
    photo: bytes | None = None

    def __repr__(self) -> str:
        """Give nothing of the holder away: reprs end in logs and tracebacks."""
        return f"Identity({self.document.value})"

    __str__ = __repr__


def check_id_number(number: str) -> bool:
    """Tell whether a resident ID number's form, birth date and check digit hold (GB 11643).

    Its first six digits are not looked up, as ``ric.validate`` would: that table lacks counties founded since,
    and refuses everyone who was born before their county had its present code, which is most of the elderly.
    """
    if re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number) is None:
        return False
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return str(ric.calc_check_digit(number)) == number[-1]


def birth_date_of(id_number: str) -> date:
    """Return the birth date inside a valid resident ID number."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def sex_of(id_number: str) -> Sex:
    """Return the sex inside a valid resident ID number: the 17th digit, odd for male."""
    return Sex.MALE if int(id_number[16]) % 2 else Sex.FEMALE


def mask_id_number(number: str) -> str:
    """Return ``210203********1234``: the first six and the last four characters (domain.md)."""
    if len(number) != len("210203********1234"):
        return "*" * len(number)
    return f"{number[:6]}********{number[-4:]}"


def mask_name(name: str) -> str:
    """Return a name with all but its last character hidden, as Chinese offices print it: 王小明 → **明."""
    return "*" * (len(name) - 1) + name[-1:] if len(name) > 1 else name
