"""Parses the 256 bytes of text of a resident ID card 居民身份证 into an ``Identity``; touches no hardware.

Offsets and sizes follow the module vendors' manuals (after GA 490). The type flag of foreigners' and Hong Kong,
Macau and Taiwan residents' cards, which use the same module and another layout, is from memory and unverified.
"""

from dataclasses import dataclass
from typing import Final

from devices.card_reader.api import CardGarbled, CardUnsupported
from devices.card_reader.holder import checked_identity, compact_date
from devices.card_reader.nations import NATIONS
from devices.card_reader.sam_frames import TEXT_SIZE
from wire.identity import DocumentKind, Identity, Sex


@dataclass(frozen=True, slots=True)
class Field:
    """Where a field lies in the text: offset and size in bytes of UTF-16LE."""

    offset: int
    size: int


FIELDS: Final = {
    "name": Field(0, 30),
    "sex": Field(30, 2),
    "nation": Field(32, 4),
    "birth_date": Field(36, 16),
    "address": Field(52, 70),
    "id_number": Field(122, 36),
    "issuer": Field(158, 30),
    "valid_from": Field(188, 16),
    "valid_to": Field(204, 16),
}
TYPE_FLAG: Final = Field(248, 2)
FOR_EVER: Final = "长期"
_OTHER_KINDS: Final = {"I": "foreign permanent resident", "J": "resident of Hong Kong, Macau or Taiwan"}
_SEXES: Final = {"1": Sex.MALE, "2": Sex.FEMALE, "0": Sex.UNKNOWN, "9": Sex.UNKNOWN}


def parse(text: bytes, photo: bytes) -> Identity:
    """Return the holder of a card; ``photo`` is handed through in its WLT coding.

    Raises ``CardUnsupported`` for the other kinds of card, ``CardGarbled`` for contradictions.
    """
    if len(text) != TEXT_SIZE:
        raise CardGarbled("length of the text")
    flag = _field(text, TYPE_FLAG)
    if flag in _OTHER_KINDS:
        raise CardUnsupported(_OTHER_KINDS[flag])
    fields = {name: _field(text, where) for name, where in FIELDS.items()}
    if fields["sex"] not in _SEXES:
        raise CardGarbled("sex")
    return checked_identity(
        document=DocumentKind.RESIDENT_CARD,
        name=fields["name"],
        id_number=fields["id_number"],
        sex=_SEXES[fields["sex"]],
        birth_date=compact_date(fields["birth_date"]),
        nation=NATIONS.get(fields["nation"]),
        address=fields["address"],
        issuer=fields["issuer"],
        valid_from=compact_date(fields["valid_from"]),
        valid_to=None if fields["valid_to"] == FOR_EVER else compact_date(fields["valid_to"]),
        photo=photo,
    )


def _field(text: bytes, where: Field) -> str:
    try:
        return text[where.offset : where.offset + where.size].decode("utf-16-le").strip(" \0")
    except UnicodeDecodeError:
        raise CardGarbled("text is not UTF-16") from None
