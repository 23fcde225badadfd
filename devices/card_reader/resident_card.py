"""Parses the text of a card that a SAM module read into an ``Identity``; touches no hardware.

Residents' cards 居民身份证, foreign permanent residents' 外国人永久居留身份证, and residence permits of residents of
Hong Kong, Macau and Taiwan 港澳台居民居住证. Where the fields lie, and how well that is known, is in
``resident_card_layouts``. The new address is as its command's answer is remembered; never seen on a module.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from devices.card_reader.api import CardGarbled
from devices.card_reader.holder import checked_foreigner, checked_identity, compact_date
from devices.card_reader.nations import NATIONS
from devices.card_reader.resident_card_layouts import (
    FOR_EVER,
    FOREIGNER,
    FOREIGNER_2023,
    NEW_ADDRESS_SIZE,
    PERMIT,
    RESIDENT,
    TYPE_FLAG,
    Field,
)
from devices.card_reader.sam_frames import TEXT_SIZE
from wire.identity import DocumentKind, Identity, Sex

_Fields = Callable[[str], str]  # the text of a field, with its blanks; nothing of one that the layout lacks
_SEXES: Final = {"1": Sex.MALE, "2": Sex.FEMALE, "0": Sex.UNKNOWN, "9": Sex.UNKNOWN}


def parse(text: bytes, photo: bytes, new_address: bytes = b"") -> Identity:
    """Return the holder of a card of any of the four kinds.

    ``text``: 256 bytes. ``photo`` is handed through in its WLT coding. ``new_address``: what was added to the card
    since it was issued, in pieces of 70 bytes; the last that is not blank is the address now.
    Raises ``CardGarbled`` for what is no text, and for contradictions.
    """
    if len(text) != TEXT_SIZE:
        raise CardGarbled("length of the text")
    match _field(text, TYPE_FLAG):
        case "I":
            return _foreigner(_fields(text, FOREIGNER), photo)
        case "Y":
            return _foreigner(_fields(text, FOREIGNER_2023), photo)
        case "J":
            return _resident(DocumentKind.RESIDENCE_PERMIT, _fields(text, PERMIT), photo, new_address)
        case _:
            return _resident(DocumentKind.RESIDENT_CARD, _fields(text, RESIDENT), photo, new_address)


def _resident(document: DocumentKind, fields: _Fields, photo: bytes, new_address: bytes) -> Identity:
    return checked_identity(
        document=document,
        name=_trimmed(fields("name")),
        id_number=_trimmed(fields("id_number")),
        sex=_sex(fields("sex")),
        birth_date=compact_date(_trimmed(fields("birth_date"))),
        nation=NATIONS.get(_trimmed(fields("nation"))),
        address=_last_address(new_address) or _trimmed(fields("address")),
        issuer=_trimmed(fields("issuer")),
        valid_from=compact_date(_trimmed(fields("valid_from"))),
        valid_to=_end(fields("valid_to")),
        photo=photo,
    )


def _foreigner(fields: _Fields, photo: bytes) -> Identity:
    return checked_foreigner(
        name=_trimmed(fields("name")),
        name_latin=_trimmed(fields("name_latin") + fields("name_latin_continued")),
        id_number=_trimmed(fields("id_number")),
        nationality=_trimmed(fields("nationality")),
        sex=_sex(fields("sex")),
        birth_date=compact_date(_trimmed(fields("birth_date"))),
        valid_from=compact_date(_trimmed(fields("valid_from"))),
        valid_to=_end(fields("valid_to")),
        photo=photo,
    )


def _last_address(added: bytes) -> str:
    pieces = (added[offset : offset + NEW_ADDRESS_SIZE] for offset in range(0, len(added), NEW_ADDRESS_SIZE))
    addresses = [_trimmed(_decoded(piece)) for piece in pieces]
    return next((address for address in reversed(addresses) if address), "")


def _sex(code: str) -> Sex:
    try:
        return _SEXES[code]
    except KeyError:
        raise CardGarbled("sex") from None


def _end(digits: str) -> date | None:
    return None if _trimmed(digits) == FOR_EVER else compact_date(_trimmed(digits))


def _fields(text: bytes, layout: Mapping[str, Field]) -> _Fields:
    return lambda name: _field(text, layout[name]) if name in layout else ""


def _field(text: bytes, where: Field) -> str:
    return _decoded(text[where.offset : where.offset + where.size])


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-16-le")
    except UnicodeDecodeError:
        raise CardGarbled("text is not UTF-16") from None


def _trimmed(text: str) -> str:
    return text.strip(" \0")
