"""ISO 7816-4 commands and responses over any ``transmit`` callable; knows nothing of readers or documents."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from devices.card_reader.api import CardGarbled
from wire.identity import Identity

Transmit = Callable[[bytes], bytes]
"""Sends one command APDU and returns the response APDU: data and two status bytes."""

Profile = Callable[[Transmit], Identity | None]
"""Reads one kind of document; None when the card is not of that kind. Raises ``CardReadError`` subclasses."""

OK: Final = 0x9000
_MORE, _WRONG_LE = 0x61, 0x6C
_MAX_PARTS: Final = 64  # a card that always promises more is broken, not long


@dataclass(frozen=True, slots=True)
class Response:
    """What a card answered: ``data``, and the status word ``sw`` as one number."""

    data: bytes
    sw: int


def exchange(transmit: Transmit, command: bytes) -> Response:
    """Send a command; fetch what ``61xx`` announces, repeat with the length that ``6Cxx`` asks for.

    Raises ``CardGarbled`` for an answer too short to be one, or that never ends.
    """
    data = b""
    asked_again = False
    for _ in range(_MAX_PARTS):
        answer = transmit(command)
        if len(answer) < 2:  # noqa: PLR2004 - SW1 SW2
            raise CardGarbled("response without a status word")
        data, sw1, sw2 = data + answer[:-2], answer[-2], answer[-1]
        if sw1 == _MORE:
            command = bytes((command[0] & 0x03, 0xC0, 0, 0, sw2))
        elif sw1 == _WRONG_LE and not asked_again:
            command = _asking_for(command, sw2)
            asked_again = True
        else:
            return Response(data, sw1 << 8 | sw2)
    raise CardGarbled("response without an end")


def _asking_for(command: bytes, size: int) -> bytes:
    """Return the command with its data, if it has any, and ``size`` as the length it expects (ISO 7816-3, 12.1.3)."""
    header, body = command[:4], command[4:]
    if len(body) <= 1 or (body[0] == 0 and len(body) <= 3):  # noqa: PLR2004 - no data: Le alone, short or extended
        return header + bytes((size,))
    if body[0]:
        return header + body[: 1 + body[0]] + bytes((size,))
    return header + body[: 3 + int.from_bytes(body[1:3], "big")] + bytes((0, size))
