"""Virtual contact cards: a social security card of each generation for an invented person, and an unknown card."""

from enum import Enum
from typing import Final

from devices.virtual.people import Person
from wire.identity import Sex

_OK: Final = b"\x90\x00"
_FILE_NOT_FOUND: Final = b"\x6a\x82"
_UNKNOWN_COMMAND: Final = b"\x6d\x00"
_SELECT, _READ_RECORD, _GET_RESPONSE = 0xA4, 0xB2, 0xC0
_BY_NAME: Final = 0x04
_APPLICATION: Final = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
_CARD_FILE, _HOLDER_FILE = 0xEF05, 0xEF06
_NAME_SIZE, _REST_SIZE = 30, 20


class Generation(Enum):
    """Which records a card has: since the second generation, the rest of a long name stands behind the name."""

    FIRST = b"1.00"
    SECOND = b"2.00"
    THIRD = b"3.00"


class Asked(Enum):
    """How a card wants READ RECORD: P1, and P2 for the files EF05 and EF06."""

    BY_NUMBER_IN_SHORT_FILE = ("number", 0x2C, 0x34)
    BY_NUMBER = ("number", 0x04, 0x04)
    BY_TAG = ("tag", 0x00, 0x00)
    BY_TAG_IN_SHORT_FILE = ("tag", 0x28, 0x30)
    TAG_AS_NUMBER = ("tag", 0x04, 0x04)
    TAG_AS_NUMBER_IN_SHORT_FILE = ("tag", 0x2C, 0x34)
    LIKE_NO_OTHER = ("tag", 0x7F, 0x7F)


class _Refusal(Enum):
    """Why a record is not given (ISO 7816-4)."""

    NO_FILE = b"\x69\x86"
    NO_RECORD = b"\x6a\x83"
    WRONG_P1_P2 = b"\x6a\x86"
    SECURITY = b"\x69\x82"


_Records = dict[int, list[tuple[int, bytes]]]


class SocialSecurityCard:
    """A social security card. ``wants_pin`` protects the holder's file.

    ``hands_out_later`` answers as T=0 cards do: 61xx and 6Cxx first. ``selects_with`` is P1 of SELECT for its files.
    """

    atr = bytes.fromhex("3B6D000000814D22088630010000000000")

    def __init__(
        self,
        person: Person,
        *,
        generation: Generation = Generation.THIRD,
        asked: Asked = Asked.BY_NUMBER,
        wants_pin: bool = False,
        hands_out_later: bool = False,
        selects_with: int = 0x00,
    ) -> None:
        self._files: _Records = {
            _CARD_FILE: _card_file(person, generation),
            _HOLDER_FILE: _holder_file(person, generation),
        }
        self._asked = asked
        self._wants_pin = wants_pin
        self._hands_out_later = hands_out_later
        self._selects_with = selects_with
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
            self._selected = apdu[5:] == _APPLICATION
            if self._selected and self._hands_out_later:
                self._kept = b"\x6f\x11\x84\x0f" + _APPLICATION  # the file control information
                return bytes((0x61, len(self._kept)))
            return _OK if self._selected else _FILE_NOT_FOUND
        file = int.from_bytes(apdu[5:7], "big")
        if not self._selected or file not in self._files:
            return _FILE_NOT_FOUND
        if apdu[2] != self._selects_with:
            return _Refusal.WRONG_P1_P2.value
        self._file = file
        return _OK

    def _read_record(self, apdu: bytes) -> bytes:
        record = self._record(p1=apdu[2], p2=apdu[3])
        if isinstance(record, _Refusal):
            return record.value
        if not self._hands_out_later:
            return record + _OK
        if apdu[4] != len(record):
            return bytes((0x6C, len(record)))
        self._kept = record
        return bytes((0x61, len(record)))

    def _record(self, p1: int, p2: int) -> "bytes | _Refusal":
        by, *p2_of_files = self._asked.value
        if p2 not in p2_of_files:
            return _Refusal.WRONG_P1_P2
        file = self._file if p2 >> 3 == 0 else 0xEF00 | p2 >> 3  # a short identifier selects the file as well
        if not self._selected or file not in self._files:
            return _Refusal.NO_FILE
        self._file = file
        if self._wants_pin and file == _HOLDER_FILE:
            return _Refusal.SECURITY
        for number, (tag, value) in enumerate(self._files[file], start=1):
            if p1 == (number if by == "number" else tag):
                return bytes((tag, len(value))) + value
        return _Refusal.NO_RECORD


class UnknownCard:
    """A sound card of a kind that no profile knows, such as a bank card."""

    atr = bytes.fromhex("3B6F00000080318065B0872701BC83089000")

    def reset(self) -> None:
        """There is nothing to forget."""

    def answer(self, apdu: bytes) -> bytes:
        """Find nothing that is asked for."""
        return _FILE_NOT_FOUND if apdu[1] == _SELECT else _UNKNOWN_COMMAND


def _card_file(person: Person, generation: Generation) -> list[tuple[int, bytes]]:
    valid_to = person.valid_to.strftime("%Y%m%d") if person.valid_to else "F" * 8
    return [
        (0x01, bytes(16)),
        (0x02, b"3"),
        (0x03, generation.value),
        (0x04, bytes(12)),
        (0x05, bytes.fromhex(person.valid_from.strftime("%Y%m%d"))),
        (0x06, bytes.fromhex(valid_to)),
        (0x07, person.card_number.encode("ascii")),
    ]


def _holder_file(person: Person, generation: Generation) -> list[tuple[int, bytes]]:
    name = person.name.encode("gb18030")
    rest = [] if generation is Generation.FIRST else [(0x4E, name[_NAME_SIZE:].ljust(_REST_SIZE, b"\x00"))]
    return [
        (0x08, person.id_number.encode("ascii")),
        (0x09, name[:_NAME_SIZE].ljust(_NAME_SIZE, b"\x00")),
        *rest,
        (0x0A, b"1" if person.sex is Sex.MALE else b"2"),
        (0x0B, bytes.fromhex(person.nation)),
        (0x0C, bytes.fromhex(person.id_number[:6])),
        (0x0D, bytes.fromhex(person.birth_date.strftime("%Y%m%d"))),
    ]
