"""Virtual cards for the SAM module: the four kinds it reads, for invented people, and one that it does not."""

from collections.abc import Mapping
from typing import Final

from devices.card_reader.resident_card_layouts import (
    FOR_EVER,
    FOREIGNER,
    FOREIGNER_2023,
    NEW_ADDRESS_SIZE,
    PERMIT,
    RESIDENT,
    Field,
)
from devices.card_reader.sam_frames import TEXT_SIZE
from devices.virtual.people import Foreigner, Person
from wire.identity import Sex

_FIRST_FIELD_OF_NAME: Final = FOREIGNER_2023["name_latin"].size // 2  # characters


class ResidentCard:
    """A resident ID card. ``new_addresses`` were added to it since it was issued."""

    selectable = True

    def __init__(self, person: Person, *, new_addresses: tuple[str, ...] = ()) -> None:
        self.text = _laid_out(RESIDENT, _of_person(person) | {"nation": person.nation})
        self.photo = person.photo
        self.new_address = b"".join(_padded(address, NEW_ADDRESS_SIZE) for address in new_addresses)


class ResidencePermit:
    """A residence permit of a resident of Hong Kong, Macau or Taiwan."""

    selectable = True
    new_address = b""

    def __init__(self, person: Person, *, permit: str = "H00000000") -> None:
        values = {"pass_number": permit, "times_issued": "01", "type_flag": "J"}
        self.text = _laid_out(PERMIT, _of_person(person) | values)
        self.photo = person.photo


class ForeignResidentCard:
    """A foreign permanent resident's card, of 2023 or 2017: whichever has such numbers."""

    selectable = True
    new_address = b""

    def __init__(self, person: Foreigner) -> None:
        values = {
            "name": person.name,
            "sex": _sex(person.sex),
            "id_number": person.id_number,
            "nationality": person.nationality,
            "birth_date": person.birth_date.strftime("%Y%m%d"),
            "valid_from": person.valid_from.strftime("%Y%m%d"),
            "valid_to": person.valid_to.strftime("%Y%m%d"),
        }
        if person.id_number.startswith("9"):
            first, rest = person.name_latin[:_FIRST_FIELD_OF_NAME], person.name_latin[_FIRST_FIELD_OF_NAME:]
            names = {"name_latin": first, "name_latin_continued": rest, "times_issued": "00", "type_flag": "Y"}
            self.text = _laid_out(FOREIGNER_2023, values | names)
        else:
            names = {"name_latin": person.name_latin, "version": "01", "authority": "1500", "type_flag": "I"}
            self.text = _laid_out(FOREIGNER, values | names)
        self.photo = person.photo


class OtherCard:
    """A contactless card that the module finds and cannot select."""

    selectable = False
    text = b""
    photo = b""
    new_address = b""


VirtualContactlessCard = ResidentCard | ResidencePermit | ForeignResidentCard | OtherCard


def _of_person(person: Person) -> dict[str, str]:
    return {
        "name": person.name,
        "sex": _sex(person.sex),
        "birth_date": person.birth_date.strftime("%Y%m%d"),
        "address": person.address,
        "id_number": person.id_number,
        "issuer": person.issuer,
        "valid_from": person.valid_from.strftime("%Y%m%d"),
        "valid_to": person.valid_to.strftime("%Y%m%d") if person.valid_to else FOR_EVER,
    }


def _sex(sex: Sex) -> str:
    return "1" if sex is Sex.MALE else "2"


def _laid_out(layout: Mapping[str, Field], values: Mapping[str, str]) -> bytes:
    text = bytearray(" ".encode("utf-16-le") * (TEXT_SIZE // 2))
    for name, value in values.items():
        where = layout[name]
        text[where.offset : where.offset + where.size] = _padded(value, where.size)
    return bytes(text)


def _padded(value: str, size: int) -> bytes:
    coded = value.encode("utf-16-le")
    if len(coded) > size:
        raise ValueError("an invented person's data do not fit on the card")
    return coded + " ".encode("utf-16-le") * ((size - len(coded)) // 2)
