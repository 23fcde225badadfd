"""Virtual contact cards: a social security card for an invented person, and a card that nobody here knows."""

from enum import Enum
from typing import Final

from devices.card_reader.social_security import APPLICATION
from devices.virtual.people import Person
from wire.identity import Sex

_OK: Final = b"\x90\x00"
_FILE_NOT_FOUND: Final = b"\x6a\x82"
_UNKNOWN_COMMAND: Final = b"\x6d\x00"
_SELECT, _READ_RECORD, _GET_RESPONSE = 0xA4, 0xB2, 0xC0
_BY_NAME: Final = 0x04
_CARD_FILE, _HOLDER_FILE = 0xEF05, 0xEF06


class _Refusal(Enum):
    """Why a record is not given (ISO 7816-4)."""

    NO_FILE = b"\x69\x86"
    NO_RECORD = b"\x6a\x83"
    WRONG_P1_P2 = b"\x6a\x86"
    SECURITY = b"\x69\x82"


class SocialSecurityCard:
    """A social security card. ``p2`` is how it wants records addressed: 0x00, 0x04, or None for the SFI form.

    ``wants_pin`` protects the holder's file; ``hands_out_later`` answers as T=0 cards do: 61xx and 6Cxx first.
    """

    atr = bytes.fromhex("3B6D000000814D22088630010000000000")

    def __init__(
        self,
        person: Person,
        *,
        p2: int | None = 0x00,
        wants_pin: bool = False,
        hands_out_later: bool = False,
    ) -> None:
        self._files = {_CARD_FILE: _card_file(person), _HOLDER_FILE: _holder_file(person)}
        self._p2 = p2
        self._wants_pin = wants_pin
        self._hands_out_later = hands_out_later
        self.reset()

    def reset(self) -> None:
        """Forget what was selected."""
        self._selected = False
        self._file: int | None = None
        self._kept = b""

    def answer(self, apdu: bytes) -> bytes:
        """Return the response APDU."""
        instruction = apdu[1]
        if instruction == _SELECT:
            return self._select(apdu)
        if instruction == _READ_RECORD:
            return self._read_record(apdu)
        if instruction == _GET_RESPONSE and self._kept:
            kept, self._kept = self._kept, b""
            return kept + _OK
        return _UNKNOWN_COMMAND

    def _select(self, apdu: bytes) -> bytes:
        if apdu[2] == _BY_NAME:
            self._selected = apdu[5:] == APPLICATION
            return _OK if self._selected else _FILE_NOT_FOUND
        file = int.from_bytes(apdu[5:7], "big")
        if not self._selected or file not in self._files:
            return _FILE_NOT_FOUND
        self._file = file
        return _OK

    def _read_record(self, apdu: bytes) -> bytes:
        record = self._record(tag=apdu[2], p2=apdu[3])
        if isinstance(record, _Refusal):
            return record.value
        if not self._hands_out_later:
            return record + _OK
        if apdu[4] != len(record):
            return bytes((0x6C, len(record)))
        self._kept = record
        return bytes((0x61, len(record)))

    def _record(self, tag: int, p2: int) -> "bytes | _Refusal":
        if self._file is None:
            return _Refusal.NO_FILE
        expected_p2 = self._p2 if self._p2 is not None else (self._file & 0x1F) << 3 | 0x04
        if p2 != expected_p2:
            return _Refusal.WRONG_P1_P2
        if self._wants_pin and self._file == _HOLDER_FILE:
            return _Refusal.SECURITY
        value = self._files[self._file].get(tag)
        return _Refusal.NO_RECORD if value is None else bytes((tag, len(value))) + value


class UnknownCard:
    """A sound card of a kind that no profile knows, such as a bank card."""

    atr = bytes.fromhex("3B6F00000080318065B0872701BC83089000")

    def reset(self) -> None:
        """There is nothing to forget."""

    def answer(self, apdu: bytes) -> bytes:
        """Find nothing that is asked for."""
        return _FILE_NOT_FOUND if apdu[1] == _SELECT else _UNKNOWN_COMMAND


def _card_file(person: Person) -> dict[int, bytes]:
    valid_to = person.valid_to.strftime("%Y%m%d") if person.valid_to else "F" * 8
    return {
        0x01: bytes(16),
        0x02: b"3",
        0x03: b"2.00",
        0x04: bytes(12),
        0x05: bytes.fromhex(person.valid_from.strftime("%Y%m%d")),
        0x06: bytes.fromhex(valid_to),
        0x07: person.card_number.encode("ascii"),
    }


def _holder_file(person: Person) -> dict[int, bytes]:
    return {
        0x08: person.id_number.encode("ascii"),
        0x09: person.name.encode("gb18030").ljust(30, b"\x00"),
        0x0A: b"1" if person.sex is Sex.MALE else b"2",
        0x0B: bytes.fromhex(person.nation),
        0x0C: bytes.fromhex(person.id_number[:6]),
        0x0D: bytes.fromhex(person.birth_date.strftime("%Y%m%d")),
    }
