"""Virtual cards for the SAM module: a resident ID card for an invented person, and one of another kind."""

from typing import Final

from devices.card_reader.resident_card import FIELDS, FOR_EVER, TYPE_FLAG
from devices.card_reader.sam_frames import TEXT_SIZE
from devices.virtual.people import Person
from wire.identity import Sex

FOREIGNER: Final = "I"


class ResidentCard:
    """A resident ID card; ``flag`` marks the other kinds of card that use the same module."""

    selectable = True

    def __init__(self, person: Person, *, flag: str = "") -> None:
        self.text = _text(person, flag)
        self.photo = person.photo


class OtherCard:
    """A contactless card that the module finds and cannot select."""

    selectable = False
    text = b""
    photo = b""


VirtualContactlessCard = ResidentCard | OtherCard


def _text(person: Person, flag: str) -> bytes:
    values = {
        "name": person.name,
        "sex": "1" if person.sex is Sex.MALE else "2",
        "nation": person.nation,
        "birth_date": person.birth_date.strftime("%Y%m%d"),
        "address": person.address,
        "id_number": person.id_number,
        "issuer": person.issuer,
        "valid_from": person.valid_from.strftime("%Y%m%d"),
        "valid_to": person.valid_to.strftime("%Y%m%d") if person.valid_to else FOR_EVER,
    }
    text = bytearray(" ".encode("utf-16-le") * (TEXT_SIZE // 2))
    for where, value in [*((FIELDS[name], value) for name, value in values.items()), (TYPE_FLAG, flag)]:
        coded = value.encode("utf-16-le")
        if len(coded) > where.size:
            raise ValueError("an invented person's data do not fit on the card")
        text[where.offset : where.offset + len(coded)] = coded
    return bytes(text)
