"""Frames of the SAM module that reads resident ID cards: coded, decoded, resynchronised; no line, no clock.

A frame is ``AA AA AA 96 69``, a 16-bit big-endian length that counts what follows it, a body, and the XOR of
length and body. A command's body is CMD PARA and data; a reply's is SW1 SW2 SW3 and data. The layout is that of
the module vendors' manuals (after GA 450); the fingerprint and new-address commands were never seen on a module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

PREAMBLE: Final = b"\xaa\xaa\xaa\x96\x69"
_HEAD: Final = len(PREAMBLE) + 2
_MAX_LENGTH: Final = 4096  # text, photo and two fingerprints make 2316
_STATUS: Final = b"\x00\x00"  # SW1 SW2 of every status but transport errors

FOUND, DONE, NO_CARD, NOT_SELECTED, NOT_READ, NO_SUCH_ITEM = 0x9F, 0x90, 0x80, 0x81, 0x41, 0x91
TEXT_SIZE: Final = 256
PHOTO_SIZE: Final = 1024


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its two bytes, and for each status (SW3) it may end with, the size of the data.

    None is any size. An answer that is not among them belongs to another command, asked before and given up.
    """

    code: bytes
    answers: Mapping[int, int | None]

    def frame(self) -> bytes:
        """Return the bytes to send."""
        return frame(self.code)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply: SW3 as ``status``, and its data."""

    status: int
    data: bytes

    def __repr__(self) -> str:
        """Give away nothing of a card: reprs end in logs."""
        return f"Reply({self.status:#04x}, {len(self.data)} bytes)"

    def answers(self, command: Command) -> bool:
        """Tell whether this can be the answer to a command."""
        return self.status in command.answers and command.answers[self.status] in (None, len(self.data))


FIND: Final = Command(b"\x20\x01", {FOUND: None, NO_CARD: 0})
SELECT: Final = Command(b"\x20\x02", {DONE: None, NOT_SELECTED: 0})
READ: Final = Command(b"\x30\x01", {DONE: 4 + TEXT_SIZE + PHOTO_SIZE, NOT_READ: 0})
READ_NEW_ADDRESS: Final = Command(b"\x30\x03", {DONE: None, NO_SUCH_ITEM: 0, NOT_READ: 0})


def frame(body: bytes) -> bytes:
    """Return the frame around a body."""
    counted = (len(body) + 1).to_bytes(2, "big") + body
    return PREAMBLE + counted + bytes((reduce(xor, counted),))


def reply_body(status: int, data: bytes = b"") -> bytes:
    """Return the body of a reply."""
    return _STATUS + bytes((status,)) + data


def reply_of(body: bytes) -> Reply | None:
    """Return the reply in a frame's body; None when it is too short to be one."""
    return Reply(body[2], body[3:]) if len(body) >= 3 else None  # noqa: PLR2004 - SW1 SW2 SW3


class FrameDecoder:
    """Finds frames in a stream of bytes; what is no frame is dropped. ``damaged`` counts wrong checksums."""

    def __init__(self) -> None:
        self._buffer = b""
        self.damaged = 0

    @property
    def inside_frame(self) -> bool:
        """Whether a frame has begun and is not yet complete."""
        return self._buffer.startswith(PREAMBLE)

    def feed(self, received: bytes) -> list[bytes]:
        """Take more bytes; return the bodies of the frames that they complete."""
        self._buffer += received
        bodies: list[bytes] = []
        while (start := self._buffer.find(PREAMBLE)) >= 0:
            self._buffer = self._buffer[start:]
            if len(self._buffer) < _HEAD:
                return bodies
            length = int.from_bytes(self._buffer[len(PREAMBLE) : _HEAD], "big")
            if not 0 < length <= _MAX_LENGTH:
                self._skip_preamble()
                continue
            if len(self._buffer) < _HEAD + length:
                return bodies
            counted = self._buffer[len(PREAMBLE) : _HEAD + length]
            if reduce(xor, counted):  # the checksum is the XOR of all before it
                self._skip_preamble()
                continue
            bodies.append(counted[2:-1])
            self._buffer = self._buffer[_HEAD + length :]
        self._buffer = self._buffer[-len(PREAMBLE) + 1 :]  # a preamble may just be arriving
        return bodies

    def _skip_preamble(self) -> None:
        """Look for the next frame after this preamble: inside what claimed to be a frame, too."""
        self.damaged += 1
        self._buffer = self._buffer[len(PREAMBLE) :]
