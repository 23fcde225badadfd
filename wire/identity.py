"""Who a citizen is, as a document says it, and how that is shown to a person (masked)."""

import re
from datetime import date
from enum import StrEnum
from typing import Final, assert_never

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from wire.model import Message


class DocumentKind(StrEnum):
    """The kind of document that was read."""

    RESIDENT_CARD = "resident_card"  # 居民身份证
    SOCIAL_SECURITY_CARD = "social_security_card"  # 社会保障卡
    FOREIGN_RESIDENT_CARD = "foreign_resident_card"  # 外国人永久居留身份证
    RESIDENCE_PERMIT = "residence_permit"  # 港澳台居民居住证
    TRAVEL_PERMIT = "travel_permit"  # 港澳居民来往内地通行证, 台湾居民来往大陆通行证
    PASSPORT = "passport"
    FOREIGN_IDENTITY_CARD = "foreign_identity_card"  # any other machine readable card after ICAO Doc 9303


RESIDENTS: Final = frozenset(
    (DocumentKind.RESIDENT_CARD, DocumentKind.SOCIAL_SECURITY_CARD, DocumentKind.RESIDENCE_PERMIT)
)
"""The documents whose holder always has a resident ID number, by which registers know people."""


class Authenticity(StrEnum):
    """Whether a chip's data were proven to be its issuer's. A forged one is never an identity: reading it fails."""

    NOT_CHECKED = "not_checked"  # the chip is not signed, or nobody configured its issuer
    AUTHENTIC = "authentic"


class Sex(StrEnum):
    """Sex as the document gives it (GB/T 2261.1: 1 male, 2 female, 0 and 9 unknown)."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class Identity(Message):
    """What one document says of its holder. Lives in memory during a visit, or sealed.

    ``id_number`` is the number that the document knows its holder by (证件号码), its check digits verified by the
    driver: for most kinds a resident ID number (GB 11643, 18 characters), for a passport or permit its own number.
    ``nation`` is the name of the ethnic group in Chinese (GB/T 3304), ``nationality`` the country's code (ICAO Doc
    9303-3, 5), ``name_latin`` the name in Latin letters where the document has it. ``valid_to``: None for 长期.
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
    name_latin: str | None = None
    nationality: str | None = None
    authenticity: Authenticity = Authenticity.NOT_CHECKED

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


def check_number(document: DocumentKind, number: str) -> bool:
    """Tell whether the number that a document knows its holder by can be one of its kind.

    Of a passport, a permit or a foreign card only the form is known: 1 to 22 capital letters and digits (ICAO Doc
    9303-5, 4.2.2.1 j: the longest that a zone holds). A foreign permanent resident's card has a number of its own, or
    since 2023 one like a resident's. Every other kind has a resident ID number.
    """
    match document:
        case DocumentKind.PASSPORT | DocumentKind.TRAVEL_PERMIT | DocumentKind.FOREIGN_IDENTITY_CARD:
            return re.fullmatch(r"[A-Z0-9]{1,22}", number) is not None
        case DocumentKind.FOREIGN_RESIDENT_CARD:
            return re.fullmatch(r"[A-Z0-9]{1,15}", number) is not None or check_id_number(number)
        case DocumentKind.RESIDENT_CARD | DocumentKind.SOCIAL_SECURITY_CARD | DocumentKind.RESIDENCE_PERMIT:
            return check_id_number(number)
    assert_never(document)


def birth_date_of(id_number: str) -> date:
    """Return the birth date inside a valid resident ID number."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def sex_of(id_number: str) -> Sex:
    """Return the sex inside a valid resident ID number: the 17th digit, odd for male."""
    return Sex.MALE if int(id_number[16]) % 2 else Sex.FEMALE


def mask_id_number(number: str) -> str:
    """Return ``210203********1234``: the first six and the last four characters (domain.md).

    Of any other number nothing is left.
    """
    if len(number) != len("210203********1234"):
        return "*" * len(number)
    return f"{number[:6]}********{number[-4:]}"


def mask_name(name: str) -> str:
    """Return a name with all but its last character hidden, as Chinese offices print it: 王小明 → **明."""
    return "*" * (len(name) - 1) + name[-1:] if len(name) > 1 else name
