"""Secure messaging of Doc 9303-11, 9.8: commands hidden and authenticated, answers checked before they are believed."""

from hmac import compare_digest
from typing import Final

from devices.card_reader.apdu import Response, Transmit, exchange
from devices.card_reader.api import CardGarbled
from devices.card_reader.emrtd import tlv
from devices.card_reader.emrtd.command import EXTENDED_ANSWER, SHORT_ANSWER, SHORT_DATA, Command
from devices.card_reader.emrtd.suites import MAC_SIZE, SessionKeys, pad, unpad

PROTECTED: Final = 0x0C  # in CLA: secure messaging, header authenticated
ENCRYPTED, ENCRYPTED_ODD, EXPECTED, STATUS, MAC = 0x87, 0x85, 0x97, 0x99, 0x8E
_PADDED: Final = b"\x01"  # first byte of 87: padding by ISO 9797-1 method 2
_STATUS_SIZE: Final = 2
_MAC_HEAD: Final = bytes((MAC, MAC_SIZE))
_MAC_OBJECT: Final = len(_MAC_HEAD) + MAC_SIZE


class LeftSecureMessaging(CardGarbled):
    """The chip answered in the clear: it has ended the session. ``sw`` says why, perhaps; nothing vouches for it."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"left secure messaging: {sw:04X}")
        self.sw = sw


class SecureMessaging:
    """One session with a chip. Its methods must be called in the order of the commands: a counter runs along."""

    def __init__(self, transmit: Transmit, keys: SessionKeys) -> None:
        self._transmit = transmit
        self._suite = keys.suite
        self._keys = keys
        self._counter = int.from_bytes(keys.counter, "big")

    def send(self, command: Command) -> Response:
        """Send a command under protection, and return what the chip answered inside it.

        Raises ``LeftSecureMessaging`` for an answer without protection, ``CardGarbled`` for a wrong one.
        """
        answer = exchange(self._transmit, self.protect(command))
        if not answer.data:
            raise LeftSecureMessaging(answer.sw)
        return self.unprotect(answer.data, odd=command.ins % 2 == 1)

    def longest_answer(self, limit: int) -> int:
        """Return how many bytes a chip can send in a protected answer of at most ``limit`` bytes."""
        around = len(tlv.encode(STATUS, bytes(_STATUS_SIZE))) + _MAC_OBJECT + len(_PADDED)
        room = limit - around - (3 if limit <= SHORT_ANSWER else 4)  # tag and length of 87
        return room - room % self._suite.block_size - 1

    def protect(self, command: Command) -> bytes:
        """Return the protected command APDU; the counter has counted one."""
        self._count()
        suite, keys = self._suite, self._keys
        header = bytes((command.cla | PROTECTED,)) + command.header[1:]
        body = b""
        if command.data:
            hidden = suite.encrypt(keys.encryption, pad(command.data, suite.block_size), self._count_bytes())
            odd = command.ins % 2 == 1
            body = tlv.encode(ENCRYPTED_ODD, hidden) if odd else tlv.encode(ENCRYPTED, _PADDED, hidden)
        extended = command.expected > self.longest_answer(SHORT_ANSWER)
        if command.expected:
            body += tlv.encode(EXPECTED, _coded_length(command.expected))
        body += tlv.encode(MAC, self._mac(self._count_bytes() + pad(header, suite.block_size) + body))
        longest = EXTENDED_ANSWER if extended or len(body) > SHORT_DATA else SHORT_ANSWER
        return Command(command.ins, command.p1, command.p2, body, longest, header[0]).coded()

    def unprotect(self, answer: bytes, *, odd: bool = False) -> Response:
        """Return what a protected answer says; the counter has counted one. Raises ``CardGarbled``."""
        self._count()
        body, mac_head, mac = answer[:-_MAC_OBJECT], answer[-_MAC_OBJECT:-MAC_SIZE], answer[-MAC_SIZE:]
        if mac_head != _MAC_HEAD or not compare_digest(self._mac(self._count_bytes() + body), mac):
            raise CardGarbled("secure messaging: MAC")
        found: dict[int, bytes] = {}
        for tag, value in tlv.objects(body):
            if tag in found or tag not in (ENCRYPTED_ODD if odd else ENCRYPTED, STATUS):
                raise CardGarbled("secure messaging: objects")
            found[tag] = value
        if len(found.get(STATUS, b"")) != _STATUS_SIZE:
            raise CardGarbled("secure messaging: no status")
        hidden = found.get(ENCRYPTED_ODD if odd else ENCRYPTED)
        data = b"" if hidden is None else self._opened(hidden, odd=odd)
        return Response(data, int.from_bytes(found[STATUS], "big"))

    def _opened(self, hidden: bytes, *, odd: bool) -> bytes:
        if not odd:
            if hidden[:1] != _PADDED:
                raise CardGarbled("secure messaging: padding indicator")
            hidden = hidden[1:]
        try:
            return unpad(self._suite.decrypt(self._keys.encryption, hidden, self._count_bytes()))
        except ValueError:
            raise CardGarbled("secure messaging: padding") from None

    def _mac(self, message: bytes) -> bytes:
        return self._suite.secure_mac(self._keys.mac, message)

    def _count(self) -> None:
        self._counter = (self._counter + 1) % (1 << 8 * self._suite.block_size)

    def _count_bytes(self) -> bytes:
        return self._counter.to_bytes(self._suite.block_size, "big")


def _coded_length(expected: int) -> bytes:
    """Return Le as DO 97 has it: one byte, or two for extended length."""
    if expected <= SHORT_ANSWER:
        return bytes((expected % SHORT_ANSWER,))
    return (expected % EXTENDED_ANSWER).to_bytes(2, "big")
