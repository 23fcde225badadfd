"""Reads a chip's files whole, in parts as long as the chip allows (Doc 9303-10, 3.6; ISO 7816-4, 7.2.3)."""

from contextlib import suppress
from typing import Final

from devices.card_reader.apdu import OK
from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd import tlv
from devices.card_reader.emrtd.command import SHORT_ANSWER, Command, Send

SELECT, READ_BINARY, READ_BINARY_ODD = 0xA4, 0xB0, 0xB1
BY_NAME, BY_FILE, MASTER_FILE, NO_ANSWER = 0x04, 0x02, 0x00, 0x0C
OFFSET, DISCRETIONARY = 0x54, 0x53
FAR: Final = 0x8000  # offsets from here on do not fit into P1 P2
APPLICATION: Final = bytes.fromhex("A0000002471001")
CARD_ACCESS, ATR_INFO, COM, SIGNED_OBJECT = 0x011C, 0x2F01, 0x011E, 0x011D
_NOT_FOUND: Final = 0x6A82
_END_REACHED: Final = 0x6282  # fewer bytes than asked for
_WRONG_LENGTH, _WRONG_EXPECTED = 0x6700, 0x6C
_HEAD: Final = 5  # tag and length of every file that a travel document has
_SHORTEST: Final = 16  # a chip that takes no reads as short as this is broken
_FAR_HEAD: Final = 8  # around the data that odd commands give, and its padding
_LARGEST: Final = 1 << 20
_EXTENDED_INFO, _LENGTH = 0x7F66, 0x02


def group(number: int) -> int:
    """Return the file identifier of a data group (1 to 16)."""
    return 0x0100 + number


def select_application(send: Send) -> bool:
    """Select the travel document's application; tell whether the chip has it."""
    return send(Command(SELECT, BY_NAME, NO_ANSWER, APPLICATION)).sw == OK


def select_master_file(send: Send) -> None:
    """Go to where EF.CardAccess lies; a chip that refuses was there, or has none."""
    send(Command(SELECT, MASTER_FILE, NO_ANSWER, bytes.fromhex("3F00")))


class Files:
    """The files of what is selected. ``longest`` is the most that one answer may carry, in bytes.

    It shrinks when the chip refuses it: a chip's own word on its lengths is sometimes wrong, or its reader's too short.
    """

    def __init__(self, send: Send, longest: int) -> None:
        self._send = send
        self.longest = longest

    def read(self, file: int) -> bytes | None:
        """Return a whole file, or None when the chip has none of this identifier. Raises ``CardGarbled``."""
        if not self._select(file):
            return None
        content = self._part(file, 0, _HEAD)
        _, begin, size = tlv.header(content)
        end = begin + size
        if end > _LARGEST:
            raise CardGarbled(f"file {file:04X} is too long")
        while len(content) < end:
            content += self._part(file, len(content), end - len(content))
        return content[:end]

    def start_of(self, file: int) -> bytes | None:
        """Return up to 256 bytes of a file that is not one data object, or None when the chip has no such file."""
        return self._part(file, 0, SHORT_ANSWER) if self._select(file) else None

    def _select(self, file: int) -> bool:
        selected = self._send(Command(SELECT, BY_FILE, NO_ANSWER, file.to_bytes(2, "big")))
        if selected.sw not in (OK, _NOT_FOUND):
            raise CardGarbled(f"select {file:04X}: {selected.sw:04X}")
        return selected.sw == OK

    def _part(self, file: int, offset: int, wanted: int) -> bytes:
        """Return some of a file, at least one byte and at most what is wanted."""
        while True:
            size = min(wanted, self.longest - (_FAR_HEAD if offset >= FAR else 0))
            answer = self._send(_near(offset, size) if offset < FAR else _far(offset, size))
            if answer.sw in (OK, _END_REACHED):
                data = answer.data if offset < FAR else tlv.inside(answer.data, DISCRETIONARY)
                if not 0 < len(data) <= size:
                    raise CardGarbled(f"file {file:04X}: {len(data)} of {size} bytes")
                return data
            if answer.sw != _WRONG_LENGTH and answer.sw >> 8 != _WRONG_EXPECTED:
                raise CardGarbled(f"read {file:04X}: {answer.sw:04X}")
            offered = answer.sw & 0xFF if answer.sw != _WRONG_LENGTH else 0
            self.longest = offered if _SHORTEST <= offered < size else size // 2
            if self.longest < _SHORTEST:
                raise CardGarbled(f"read {file:04X}: {answer.sw:04X}")


def longest_answer(atr_info: bytes) -> int | None:
    """Return how long an answer EF.ATR/INFO allows, in bytes, without the status word; None when it does not say.

    Object 7F66 holds two numbers, of commands and of answers, both with all that is around them (ISO 7816-4, 12.7.1).
    """
    with suppress(CardGarbled):  # what stands behind the objects of a file may be anything
        for tag, value in tlv.objects(atr_info):
            if tag == _EXTENDED_INFO:
                numbers = [int.from_bytes(number, "big") for kind, number in tlv.objects(value) if kind == _LENGTH]
                return numbers[1] - 2 if len(numbers) == 2 and numbers[1] > 2 else None  # noqa: PLR2004 - SW1 SW2
    return None


def _near(offset: int, size: int) -> Command:
    return Command(READ_BINARY, offset >> 8, offset & 0xFF, expected=size)


def _far(offset: int, size: int) -> Command:
    where = tlv.encode(OFFSET, offset.to_bytes((offset.bit_length() + 7) // 8, "big"))
    return Command(READ_BINARY_ODD, 0, 0, where, size + len(tlv.encode(DISCRETIONARY, bytes(size))) - size)
