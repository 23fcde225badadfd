"""Commands to a chip before they are coded: short or extended (ISO 7816-4, 5.1), plain or under secure messaging."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from devices.card_reader.apdu import Response, Transmit, exchange
from devices.card_reader.api import CardGarbled

SHORT_DATA: Final = 255
SHORT_ANSWER: Final = 256
EXTENDED_DATA: Final = 65535
EXTENDED_ANSWER: Final = 65536


@dataclass(frozen=True, slots=True)
class Command:
    """One command. ``expected`` is the most that may be answered, in bytes; 0 when nothing is."""

    ins: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int = 0
    cla: int = 0x00

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    def coded(self) -> bytes:
        """Return the command APDU, extended only where short does not hold it."""
        if len(self.data) > EXTENDED_DATA or self.expected > EXTENDED_ANSWER:
            raise CardGarbled("command too long")
        if len(self.data) <= SHORT_DATA and self.expected <= SHORT_ANSWER:
            data = bytes((len(self.data),)) + self.data if self.data else b""
            return self.header + data + (bytes((self.expected % SHORT_ANSWER,)) if self.expected else b"")
        length = b"\x00" + len(self.data).to_bytes(2, "big") if self.data else b""
        answer = (self.expected % EXTENDED_ANSWER).to_bytes(2, "big") if self.expected else b""
        return self.header + length + self.data + (answer if self.data else b"\x00" + answer)


Send = Callable[[Command], Response]
"""Sends one command, however the session wants it, and returns what the chip answered to it."""


def plain(transmit: Transmit) -> Send:
    """Return what sends commands as they are."""
    return lambda command: exchange(transmit, command.coded())
