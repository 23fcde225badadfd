"""The files of an invented travel document: zone, data groups and signed object as an issuer writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from devices.card_reader.emrtd import tlv
from devices.card_reader.emrtd.active_authentication import DG15
from devices.card_reader.emrtd.data_groups import (
    ADDRESS,
    AUTHORITY,
    BIRTH_DATE,
    BIRTH_PLACE,
    COM,
    DG1,
    DG11,
    DG12,
    FULL_NAME,
    GROUPS,
    ISSUED,
    MRZ,
    OTHER_NAME,
    OTHERS,
    TAG_LIST,
)
from devices.card_reader.emrtd.files import COM as COM_FILE
from devices.card_reader.emrtd.files import SIGNED_OBJECT, group
from devices.card_reader.emrtd.portrait import DG2, FACE, FACE_HEADER, IMAGE_HEADER, RECORD_HEADER, TEMPLATE, TEMPLATES
from devices.mrz import Size, check_digit
from devices.virtual.emrtd_pki import Issuer
from wire.identity import Sex

_JPEG: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
_SEXES: Final = {Sex.MALE: "M", Sex.FEMALE: "F", Sex.UNKNOWN: "<"}
_BIOMETRIC_BLOCK: Final = 0x5F2E
_NUMBER: Final = 9


@dataclass(frozen=True, slots=True)
class Traveller:
    """Somebody invented, with a document of this ``size``. Names as the zone has them, and in their own script."""

    size: Size
    code: str
    issuer: str
    number: str
    surname: str
    given_names: str
    nationality: str
    sex: Sex
    birth_date: date
    valid_from: date
    valid_to: date
    own_name: str | None = None
    birth_place: str | None = None
    address: str | None = None
    authority: str | None = None
    can: str = "123456"
    photo: bytes = field(default=_JPEG + bytes(range(256)) * 56, repr=False)  # 14 kB, which is usual

    @property
    def key(self) -> str:
        """The key of the zone."""
        number = self.number.ljust(_NUMBER, "<")
        return "".join(part + check_digit(part) for part in (number, _digits(self.birth_date), _digits(self.valid_to)))

    def zone(self) -> tuple[str, ...]:
        """Return the lines that are printed."""
        names = f"{self.surname}<<{self.given_names}".replace(" ", "<")
        number = self.number.ljust(_NUMBER, "<")
        dates = [day + check_digit(day) for day in (_digits(self.birth_date), _digits(self.valid_to))]
        middle = f"{dates[0]}{_SEXES[self.sex]}{dates[1]}"
        first = f"{self.code:<2}{self.issuer:<3}".replace(" ", "<")
        numbered, nation = number + check_digit(number), f"{self.nationality:<3}".replace(" ", "<")
        if self.size is Size.TD1:
            top, covered = (first + numbered).ljust(30, "<"), f"{middle}{nation}".ljust(29, "<")
            checked = top[5:] + covered[:7] + covered[8:15] + covered[18:]
            return top, covered + check_digit(checked), names[:30].ljust(30, "<")
        width = self.size.width
        body = f"{numbered}{nation}{middle}".ljust(width - 1, "<")
        if self.size is Size.TD3:
            body = body[:-1] + check_digit(body[28:-1])
        composite = check_digit(body[:10] + body[13:20] + body[21:])
        return (first + names)[:width].ljust(width, "<"), body + composite


def files_of(
    traveller: Traveller,
    issuer: Issuer | None,
    *,
    active_key: bytes | None = None,
    security_infos: bytes | None = None,
) -> dict[int, bytes]:
    """Return every file of the application. Without an issuer nothing is signed.

    ``active_key`` is the public key of active authentication (``SubjectPublicKeyInfo``), ``security_infos`` DG14's.
    """
    groups = {
        1: tlv.encode(DG1, tlv.encode(MRZ, "".join(traveller.zone()).encode("ascii"))),
        2: face_group(traveller.photo),
    }
    if traveller.own_name or traveller.address or traveller.birth_place:
        groups[11] = _details(traveller)
    if traveller.authority:
        issued = tlv.encode(ISSUED, traveller.valid_from.strftime("%Y%m%d").encode("ascii"))
        groups[12] = tlv.encode(
            DG12, _listed((AUTHORITY, ISSUED)), tlv.encode(AUTHORITY, traveller.authority.encode()), issued
        )
    if security_infos is not None:
        groups[14] = tlv.encode(0x6E, security_infos)
    if active_key is not None:
        groups[15] = tlv.encode(DG15, active_key)
    return signed_files(groups, issuer)


def signed_files(groups: Mapping[int, bytes], issuer: Issuer | None) -> dict[int, bytes]:
    """Return data groups as files, with EF.COM and, when there is an issuer, EF.SOD."""
    tags = bytes(tag for tag, number in GROUPS.items() if number in groups)
    common = tlv.encode(COM, tlv.encode(0x5F01, b"0107"), tlv.encode(0x5F36, b"040000"), tlv.encode(TAG_LIST, tags))
    files = {group(number): content for number, content in groups.items()} | {COM_FILE: common}
    if issuer is not None:
        files[SIGNED_OBJECT] = issuer.sign(groups)
    return files


def face_group(photo: bytes) -> bytes:
    """Return DG2 with one photo in an ISO 19794-5 record."""
    image = bytes(2) + (480).to_bytes(2, "big") + (640).to_bytes(2, "big") + bytes(IMAGE_HEADER - 6) + photo
    size = FACE_HEADER + len(image)
    face = size.to_bytes(4, "big") + bytes(FACE_HEADER - 4) + image
    block = FACE + b"010\x00" + (RECORD_HEADER + size).to_bytes(4, "big") + (1).to_bytes(2, "big") + face
    header = tlv.encode(0xA1, tlv.encode(0x81, b"\x02"), tlv.encode(0x87, b"\x01\x01"), tlv.encode(0x88, b"\x00\x08"))
    template = tlv.encode(TEMPLATE, header, tlv.encode(_BIOMETRIC_BLOCK, block))
    return tlv.encode(DG2, tlv.encode(TEMPLATES, tlv.encode(0x02, b"\x01"), template))


def _details(traveller: Traveller) -> bytes:
    latin = f"{traveller.surname}<<{traveller.given_names.replace(' ', '<')}"
    values = {
        FULL_NAME: latin.encode(),
        BIRTH_DATE: bytes.fromhex(traveller.birth_date.strftime("%Y%m%d")),
        BIRTH_PLACE: (traveller.birth_place or "").encode(),
        ADDRESS: (traveller.address or "").encode(),
    }
    values = {tag: value for tag, value in values.items() if value}
    others = b""
    if traveller.own_name:
        others = tlv.encode(OTHERS, tlv.encode(0x02, b"\x01"), tlv.encode(OTHER_NAME, traveller.own_name.encode()))
    listed = _listed((*values, OTHERS) if others else tuple(values))
    return tlv.encode(DG11, listed, *(tlv.encode(tag, value) for tag, value in values.items()), others)


def _listed(tags: tuple[int, ...]) -> bytes:
    return tlv.encode(TAG_LIST, *(tag.to_bytes((tag.bit_length() + 7) // 8, "big") for tag in tags))


def _digits(day: date) -> str:
    return day.strftime("%y%m%d")
