"""Chip authentication (Doc 9303-11, 6.2): the chip agrees on new session keys by its key of DG14, which no copy has.

By elliptic curves; the older way with 3DES and the newer one with AES. It proves itself in the first answer after it.
"""

from typing import Final

from devices.card_reader.apdu import OK
from devices.card_reader.api import CardForged
from devices.card_reader.emrtd import tlv
from devices.card_reader.emrtd.command import Command, Send
from devices.card_reader.emrtd.pace import (
    DYNAMIC,
    GENERAL_AUTHENTICATE,
    MANAGE_SECURITY,
    private_key,
    protocol_octets,
)
from devices.card_reader.emrtd.security_infos import ChipKey
from devices.card_reader.emrtd.signatures import ec_key
from devices.card_reader.emrtd.suites import Random, SessionKeys, Suite

SET_AGREEMENT: Final = (0x41, 0xA6)
SET_AUTHENTICATION: Final = (0x41, 0xA4)
PUBLIC_KEY, KEY_ID, PROTOCOL, OURS = 0x91, 0x84, 0x80, 0x80
_LITTLE: Final = 128  # the answer is two bytes; this fits everywhere


def agree(send: Send, offer: ChipKey, random: Random) -> SessionKeys:
    """Return new session keys; what was sent before is over. Whether the chip has them too shows in its next answer.

    Raises ``CardForged`` when the chip refuses, ``Unsupported`` for a curve that is not standardised, and whatever
    asn1crypto raises: call it inside ``der.reading``.
    """
    curve, theirs = ec_key(offer.key)
    secret = private_key(curve, random)
    own = curve.encode(curve.multiply(secret, curve.generator))
    number = b"" if offer.key_id is None else tlv.encode(KEY_ID, _octets(offer.key_id))
    if offer.suite is Suite.TRIPLE_DES:
        _expect_ok(send, Command(MANAGE_SECURITY, *SET_AGREEMENT, tlv.encode(PUBLIC_KEY, own) + number))
    else:
        protocol = tlv.encode(PROTOCOL, protocol_octets(offer.protocol))
        _expect_ok(send, Command(MANAGE_SECURITY, *SET_AUTHENTICATION, protocol + number))
        ours = tlv.encode(DYNAMIC, tlv.encode(OURS, own))
        _expect_ok(send, Command(GENERAL_AUTHENTICATE, 0, 0, ours, _LITTLE))
    return SessionKeys.derived(offer.suite, curve.multiply(secret, theirs).x.to_bytes(curve.size, "big"))


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")


def _expect_ok(send: Send, command: Command) -> None:
    answer = send(command)
    if answer.sw != OK:
        raise CardForged(f"chip authentication: {answer.sw:04X}")
