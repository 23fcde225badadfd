"""Reads the holder from a social security card 社保卡, over any ``transmit``; the card's layout is data.

Generations and cities differ in how records are asked for and in which records exist: ``social_security.toml`` has
what is known, and from where. No layout was checked against a real card of every generation. No PIN is ever tried.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from devices.card_reader.apdu import OK, Profile, Transmit, exchange
from devices.card_reader.api import CardGarbled, CardReadError, CardUnsupported, CardWantsPin
from devices.card_reader.holder import checked_identity, compact_date
from devices.card_reader.nations import NATIONS
from devices.card_reader.social_security_layouts import Addressing, Generation, Record, layouts
from wire.identity import DocumentKind, Identity, Sex

_WANTS_PIN: Final = frozenset((0x6982, 0x6983))  # security status not satisfied, authentication method blocked
# a record or file that is not there, and the words of cards that know this way of asking not at all
_NOT_FOUND: Final = frozenset((0x6A82, 0x6A83, 0x6A86, 0x6981, 0x6986, 0x6B00))
_SELECTING: Final = (0x00, 0x02)  # P1 of SELECT by identifier: anything, or an elementary file of this application
_PADDING: Final = b"\x00\x20\xff"
_SEXES: Final = {b"1": Sex.MALE, b"2": Sex.FEMALE, b"\x01": Sex.MALE, b"\x02": Sex.FEMALE}


def read(transmit: Transmit) -> Identity | None:
    """Read the card's holder; None when the card has no social security application.

    Raises ``CardWantsPin``, ``CardUnsupported`` (the application is there, in a layout unknown here) and
    ``CardGarbled``.
    """
    application = layouts().application.encode("gbk")
    selected = exchange(transmit, bytes((0x00, 0xA4, 0x04, 0x00, len(application))) + application)
    if selected.sw in _WANTS_PIN:
        raise CardWantsPin("application")
    if selected.sw != OK:
        return None
    reading = _way_in(transmit)
    version = reading.record(layouts().newest.records.version)
    generation = layouts().generation_of(_text(version, "ascii") if version is not None else "")
    return _identity(_values(reading, generation))


_: Profile = read


class _Reading:
    """Reads records in one way of asking, and remembers which file is selected."""

    def __init__(self, transmit: Transmit, addressing: Addressing) -> None:
        self.addressing = addressing
        self._transmit = transmit
        self._file: int | None = None
        self._known: dict[Record, bytes] = {}

    def answers(self) -> bool:
        """Tell whether the card knows this way of asking: every generation has the ID number as its first record."""
        return self.record(layouts().newest.records.id_number) is not None

    def record(self, record: Record) -> bytes | None:
        """Return a record's value; None when the card has no such record."""
        if record in self._known:
            return self._known[record]
        where = f"record {record.tag:02X} of {record.file:04X}"
        if not self.addressing.short_file_identifier and not self._select(record.file):
            return None
        response = exchange(self._transmit, self.addressing.command(record))
        if response.sw in _WANTS_PIN:
            raise CardWantsPin(where)
        if response.sw in _NOT_FOUND:
            return None
        if response.sw != OK:
            raise CardGarbled(f"{where}: {response.sw:04X}")
        tag, length, value = response.data[:1], response.data[1:2], response.data[2:]
        right_size = len(value) >= record.size if record.may_be_longer else len(value) == record.size
        if tag != bytes((record.tag,)) or length != bytes((len(value),)) or not right_size:
            raise CardGarbled(f"{where}: wrong tag or length")
        self._known[record] = value[: record.size]
        return self._known[record]

    def _select(self, file: int) -> bool:
        if file == self._file:
            return True
        for p1 in _SELECTING:
            response = exchange(self._transmit, bytes((0x00, 0xA4, p1, 0x00, 0x02)) + file.to_bytes(2, "big"))
            if response.sw in _WANTS_PIN:
                raise CardWantsPin(f"file {file:04X}")
            if response.sw == OK:
                self._file = file
                return True
        return False


def _way_in(transmit: Transmit) -> _Reading:
    """Find out how this card wants to be asked."""
    trouble: CardReadError = CardUnsupported("social security card of an unknown layout")
    for addressing in layouts().addressing:
        reading = _Reading(transmit, addressing)
        try:
            if reading.answers():
                return reading
        except CardGarbled as error:
            trouble = error  # another way of asking may fit; when none does, this is what the card said
    raise trouble


def _values(reading: _Reading, generation: Generation | None) -> dict[str, bytes]:
    if generation is None:
        if reading.addressing.p1 == "number":
            raise CardUnsupported("social security card of an unknown version")
        generation = layouts().newest  # tags mean the same in all of them
    values = {}
    for name, record in generation.records:
        value = reading.record(record) if record is not None and name != "version" else None
        if value is not None:
            values[name] = value
    return values


def _identity(values: Mapping[str, bytes]) -> Identity:
    try:
        id_number, name = values["id_number"], values["name"]
    except KeyError as missing:
        raise CardUnsupported(f"no record {missing}") from None
    nation = values.get("nation")
    return checked_identity(
        document=DocumentKind.SOCIAL_SECURITY_CARD,
        # GB 18030 holds all of GBK, and the rare characters that later cards write with four bytes. A long name is cut
        # into its two records without regard to characters.
        name=_text(name.rstrip(_PADDING) + values.get("name_continued", b""), "gb18030"),
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
