"""Reads the holder from a social security card 社保卡, over any ``transmit``; the card's layout is data.

Application, files, tags and sizes follow the PBOC-style layout of the card's specification (LD/T 32 and LD/T 33
as they are commonly quoted); generations and cities differ in how records are addressed and in which records
exist, and no layout here was checked against a real card of every generation. No PIN is ever tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from devices.card_reader.apdu import OK, Profile, Transmit, exchange
from devices.card_reader.api import CardGarbled, CardUnsupported, CardWantsPin
from devices.card_reader.holder import checked_identity, compact_date
from devices.card_reader.nations import NATIONS
from wire.identity import DocumentKind, Identity, Sex

_SECURITY_NOT_SATISFIED: Final = 0x6982
_NOT_FOUND: Final = frozenset((0x6A82, 0x6A83, 0x6A86, 0x6981, 0x6B00))
_PADDING: Final = b"\x00\x20\xff"


@dataclass(frozen=True, slots=True)
class Record:
    """Where one value lies: its file, its tag (also its record number) and its size in bytes."""

    file: int
    tag: int
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How one generation stores things. ``p2`` gives READ RECORD's second parameter for each file."""

    p2: Mapping[int, int]
    records: Mapping[str, Record]


APPLICATION: Final = b"sx1.sh." + "社会保障".encode("gbk")

_CARD_FILE, _HOLDER_FILE = 0xEF05, 0xEF06
_RECORDS: Final = {
    "issued": Record(_CARD_FILE, 0x05, 4),
    "valid_to": Record(_CARD_FILE, 0x06, 4),
    "card_number": Record(_CARD_FILE, 0x07, 9),
    "id_number": Record(_HOLDER_FILE, 0x08, 18),
    "name": Record(_HOLDER_FILE, 0x09, 30),
    "sex": Record(_HOLDER_FILE, 0x0A, 1),
    "nation": Record(_HOLDER_FILE, 0x0B, 1),
    "birth_date": Record(_HOLDER_FILE, 0x0D, 4),
}
LAYOUTS: Final = (
    Layout({_CARD_FILE: 0x00, _HOLDER_FILE: 0x00}, _RECORDS),  # record by tag in the current file
    Layout({_CARD_FILE: 0x04, _HOLDER_FILE: 0x04}, _RECORDS),  # record by number in the current file
    Layout({_CARD_FILE: 0x2C, _HOLDER_FILE: 0x34}, _RECORDS),  # record by number, file by short identifier
)

_SEXES: Final = {b"1": Sex.MALE, b"2": Sex.FEMALE, b"\x01": Sex.MALE, b"\x02": Sex.FEMALE}


def read(transmit: Transmit) -> Identity | None:
    """Read the card's holder; None when the card has no social security application.

    Raises ``CardWantsPin``, ``CardUnsupported`` (the application is there, in a layout unknown here) and
    ``CardGarbled``.
    """
    selected = exchange(transmit, bytes((0x00, 0xA4, 0x04, 0x00, len(APPLICATION))) + APPLICATION)
    if selected.sw == _SECURITY_NOT_SATISFIED:
        raise CardWantsPin("application")
    if selected.sw != OK:
        return None
    for layout in LAYOUTS:
        values = _read_records(transmit, layout)
        if values is not None:
            return _identity(values)
    raise CardUnsupported("social security card of an unknown layout")


_: Profile = read


def _read_records(transmit: Transmit, layout: Layout) -> dict[str, bytes] | None:
    """Return what the card has of the layout's records; None when it has none of the first file's."""
    values: dict[str, bytes] = {}
    current_file = None
    for name, record in layout.records.items():
        if record.file != current_file:
            if current_file is not None and not values:
                return None
            _select(transmit, record.file)
            current_file = record.file
        value = _read_record(transmit, record, layout.p2[record.file])
        if value is not None:
            values[name] = value
    return values


def _select(transmit: Transmit, file: int) -> None:
    response = exchange(transmit, bytes((0x00, 0xA4, 0x00, 0x00, 0x02)) + file.to_bytes(2, "big"))
    if response.sw == _SECURITY_NOT_SATISFIED:
        raise CardWantsPin(f"file {file:04X}")
    if response.sw in _NOT_FOUND:
        raise CardUnsupported(f"no file {file:04X}")
    if response.sw != OK:
        raise CardGarbled(f"select {file:04X}: {response.sw:04X}")


def _read_record(transmit: Transmit, record: Record, p2: int) -> bytes | None:
    """Return a record's value; None when the card has no such record."""
    response = exchange(transmit, bytes((0x00, 0xB2, record.tag, p2, record.size + 2)))
    where = f"record {record.tag:02X} of {record.file:04X}"
    if response.sw == _SECURITY_NOT_SATISFIED:
        raise CardWantsPin(where)
    if response.sw in _NOT_FOUND:
        return None
    if response.sw != OK:
        raise CardGarbled(f"{where}: {response.sw:04X}")
    if response.data[:2] != bytes((record.tag, record.size)) or len(response.data) != record.size + 2:
        raise CardGarbled(f"{where}: wrong tag or length")
    return response.data[2:]


def _identity(values: Mapping[str, bytes]) -> Identity:
    try:
        id_number, name = values["id_number"], values["name"]
    except KeyError as missing:
        raise CardUnsupported(f"no record {missing}") from None
    nation = values.get("nation")
    return checked_identity(
        document=DocumentKind.SOCIAL_SECURITY_CARD,
        # GB 18030 holds all of GBK, and the rare characters that later cards write with four bytes
        name=_text(name, "gb18030"),
        id_number=_text(id_number, "ascii").upper(),
        sex=_SEXES.get(values.get("sex", b""), Sex.UNKNOWN),
        birth_date=_bcd_date(values.get("birth_date")),
        nation=NATIONS.get(nation.hex()) if nation is not None else None,
        valid_from=_bcd_date(values.get("issued")),
        valid_to=_bcd_date(values.get("valid_to")),
        card_number=_text(values["card_number"], "ascii") if "card_number" in values else None,
    )


def _text(value: bytes, encoding: str) -> str:
    try:
        return value.rstrip(_PADDING).decode(encoding)
    except UnicodeDecodeError:
        raise CardGarbled(f"text is not {encoding}") from None


def _bcd_date(value: bytes | None) -> date | None:
    """Return a date of eight packed digits; None where the card leaves it empty (all 0 or all F)."""
    if value is None or not value.strip(b"\x00\xff"):
        return None
    return compact_date(value.hex())
