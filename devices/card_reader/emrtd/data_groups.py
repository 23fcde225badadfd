"""What a chip's data groups say (Doc 9303-10, 4): COM, DG1, DG11 and DG12 as values; pure, else ``CardGarbled``.

Which of the optional values an issuer fills in, and in which script, differs; none was checked against a real document.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd import tlv
from devices.card_reader.holder import compact_date
from devices.mrz import Mrz, MrzWrong
from devices.mrz import parse as parse_mrz

COM, DG1, DG11, DG12 = 0x60, 0x61, 0x6B, 0x6C
MRZ, TAG_LIST = 0x5F1F, 0x5C
FULL_NAME, OTHER_NAME, BIRTH_PLACE, ADDRESS, BIRTH_DATE = 0x5F0E, 0x5F0F, 0x5F11, 0x5F42, 0x5F2B
AUTHORITY, ISSUED, OTHERS = 0x5F19, 0x5F26, 0xA0
GROUPS: Final = {
    0x61: 1, 0x75: 2, 0x63: 3, 0x76: 4, 0x65: 5, 0x66: 6, 0x67: 7, 0x68: 8,
    0x69: 9, 0x6A: 10, 0x6B: 11, 0x6C: 12, 0x6D: 13, 0x6E: 14, 0x6F: 15, 0x70: 16,
}  # fmt: skip
_LINES: Final = {90: 30, 72: 36, 88: 44}
_PACKED_DATE: Final = 4


@dataclass(frozen=True, slots=True)
class Details:
    """What DG11 says of the holder, where it does. ``names``: as written, surname first, parts divided by fillers."""

    names: tuple[str, ...] = field(default=(), repr=False)
    birth_date: date | None = field(default=None, repr=False)
    birth_place: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Issue:
    """What DG12 says of the document, where it does."""

    authority: str | None = None
    issued: date | None = None


def common(content: bytes) -> frozenset[int]:
    """Return the numbers of the data groups that EF.COM lists; nothing vouches for it."""
    return frozenset(GROUPS[tag] for tag in tlv.first(tlv.inside(content, COM), TAG_LIST) if tag in GROUPS)


def zone(content: bytes, today: date) -> Mrz:
    """Return the MRZ of DG1."""
    text = tlv.first(tlv.inside(content, DG1), MRZ)
    width = _LINES.get(len(text))
    if width is None:
        raise CardGarbled("DG1: length")
    try:
        whole = text.decode("ascii")
        return parse_mrz([whole[at : at + width] for at in range(0, len(whole), width)], today)
    except (MrzWrong, UnicodeDecodeError) as wrong:
        raise CardGarbled(f"DG1: {wrong if isinstance(wrong, MrzWrong) else 'characters'}") from None


def details(content: bytes) -> Details:
    """Return what DG11 says."""
    names: list[str] = []
    birth_date, birth_place, address = None, None, None
    for tag, value in tlv.objects(tlv.inside(content, DG11)):
        if tag == FULL_NAME:
            names.insert(0, _text(value))
        elif tag == OTHERS:
            names += [_text(name) for kind, name in tlv.objects(value) if kind == OTHER_NAME]
        elif tag == BIRTH_DATE:
            birth_date = _date(value)
        elif tag == BIRTH_PLACE:
            birth_place = joined(_text(value))
        elif tag == ADDRESS:
            address = joined(_text(value))
    return Details(tuple(name for name in names if name.strip("< ")), birth_date, birth_place, address)


def issue(content: bytes) -> Issue:
    """Return what DG12 says."""
    authority, issued = None, None
    for tag, value in tlv.objects(tlv.inside(content, DG12)):
        if tag == AUTHORITY:
            authority = joined(_text(value)) or None
        elif tag == ISSUED:
            issued = _date(value)
    return Issue(authority, issued)


def joined(text: str) -> str:
    """Return a text of parts as it is written: with spaces, or one behind the other where the script has none."""
    parts = [part.strip() for part in text.split("<") if part.strip()]
    return ("" if any(map(is_ideograph, text)) else " ").join(parts)


def is_ideograph(character: str) -> bool:
    """Tell whether a character is a Chinese one; unassigned and private ones of those planes count as such."""
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000"


def is_latin(text: str) -> bool:
    """Tell whether all letters of a text are Latin."""
    return all(unicodedata.name(c, "").startswith("LATIN") for c in text if c.isalpha())


def _text(value: bytes) -> str:
    """Return text in UTF-8; GB 18030, which mainland issuers might have used, is taken where UTF-8 can't be meant."""
    for encoding in ("utf-8", "gb18030"):
        try:
            text = value.decode(encoding).strip("\0 ")
        except UnicodeDecodeError:
            continue
        if not all(c.isprintable() or unicodedata.category(c) in ("Cn", "Co") for c in text):
            raise CardGarbled("text with control characters")
        return text
    raise CardGarbled("text in an unknown coding")


def _date(value: bytes) -> date | None:
    """Return a date in eight digits, packed or not; None where parts of it are unknown."""
    digits = value.hex() if len(value) == _PACKED_DATE else value.decode("ascii", "replace")
    return None if "00" in (digits[4:6], digits[6:8]) or "<" in digits else compact_date(digits)
