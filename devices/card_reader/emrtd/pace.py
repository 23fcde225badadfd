"""PACE with generic mapping over elliptic curves (Doc 9303-11, 4.4): a short password, a strong session."""

from hmac import compare_digest
from typing import Final

from devices.card_reader.apdu import OK, Response
from devices.card_reader.api import CardAccessWrong, CardGarbled, CardReadError
from devices.card_reader.emrtd import tlv
from devices.card_reader.emrtd.access import Access, CardAccessNumber, MrzKey
from devices.card_reader.emrtd.command import SHORT_ANSWER, Command, Send
from devices.card_reader.emrtd.curves import Curve, Point
from devices.card_reader.emrtd.der import core
from devices.card_reader.emrtd.security_infos import Pace
from devices.card_reader.emrtd.suites import Purpose, Random, SessionKeys, Suite

MANAGE_SECURITY, GENERAL_AUTHENTICATE, CHAINED = 0x22, 0x86, 0x10
SET_PACE: Final = (0xC1, 0xA4)
PROTOCOL, PASSWORD, PARAMETERS = 0x80, 0x83, 0x84
PASSWORDS: Final[dict[type[Access], int]] = {MrzKey: 1, CardAccessNumber: 2}
DYNAMIC, NONCE, MAP_OURS, MAP_CHIPS, KEY_OURS, KEY_CHIPS, TOKEN_OURS, TOKEN_CHIPS = (
    *(0x7C, 0x80, 0x81, 0x82),
    *(0x83, 0x84, 0x85, 0x86),
)
_NONCE_SIZE: Final = 16
_PUBLIC_KEY, _OID, _UNCOMPRESSED = 0x7F49, 0x06, 0x86
_WRONG_PASSWORD: Final = (0x6300, 0x6982, 0x6983, 0x6984, 0x6985, 0x6A80)  # of the last step; 63Cx too


class PaceRefused(CardReadError):
    """The chip does not run this PACE to its end, though it announced it; it said nothing about the password."""


def open_chip(send: Send, pace: Pace, access: Access, random: Random) -> SessionKeys:
    """Run PACE and return the session's keys; nothing has been selected but the master file.

    Raises ``PaceRefused``, ``CardAccessWrong`` when the password is wrong, ``CardGarbled`` when the chip's part is.
    """
    _set(send, pace, PASSWORDS[type(access)])
    curve, suite = pace.curve, pace.suite
    password_key = suite.derive(access.pace_seed(), Purpose.PACE_PASSWORD)
    hidden = _step(send, NONCE)
    if len(hidden) != _NONCE_SIZE:
        raise CardGarbled("PACE: nonce")
    nonce = suite.decrypt(password_key, hidden)

    secret = private_key(curve, random)
    theirs = curve.decode(_step(send, MAP_CHIPS, MAP_OURS, curve.encode(curve.multiply(secret, curve.generator))))
    mapped = mapped_generator(curve, nonce, curve.multiply(secret, theirs))

    secret = private_key(curve, random)
    own_key = curve.encode(curve.multiply(secret, mapped))
    chips_key = _step(send, KEY_CHIPS, KEY_OURS, own_key)
    if chips_key == own_key:
        raise CardGarbled("PACE: the chip sends our key back")
    shared = curve.multiply(secret, curve.decode(chips_key)).x.to_bytes(curve.size, "big")
    keys = SessionKeys.derived(suite, shared)

    token = authentication_token(suite, keys.mac, pace.protocol, chips_key)
    answer = _authenticate(send, TOKEN_OURS, token, last=True)
    if answer.sw in _WRONG_PASSWORD or answer.sw >> 4 == 0x63C:  # noqa: PLR2004 - 63Cx: x tries are left
        raise CardAccessWrong(f"PACE: {answer.sw:04X}")
    expected = authentication_token(suite, keys.mac, pace.protocol, own_key)
    if not compare_digest(_answered(answer, TOKEN_CHIPS), expected):
        raise CardGarbled("PACE: the chip's token")
    return keys


def private_key(curve: Curve, random: Random) -> int:
    """Return a private key: 64 bits more than the order has, so that no number is likelier than another."""
    octets = random(curve.size + 8)
    return int.from_bytes(octets, "big") % (curve.n - 1) + 1


def mapped_generator(curve: Curve, nonce: bytes, shared: Point) -> Point:
    """Return the session's own generator: nonce · G + shared point (Doc 9303-11, 4.4.3.3.1)."""
    return curve.add(curve.multiply(int.from_bytes(nonce, "big"), curve.generator), shared)


def authentication_token(suite: Suite, mac_key: bytes, protocol: str, public_key: bytes) -> bytes:
    """Return the token over the other side's key (Doc 9303-11, 4.4.3.4): a MAC of protocol and key as data object."""
    oid = tlv.encode(_OID, protocol_octets(protocol))
    message = tlv.encode(_PUBLIC_KEY, oid, tlv.encode(_UNCOMPRESSED, public_key))
    return suite.mac(mac_key, message)


def protocol_octets(protocol: str) -> bytes:
    """Return an object identifier's octets, without tag and length."""
    return bytes(core.ObjectIdentifier(protocol).contents)


def _set(send: Send, pace: Pace, password: int) -> None:
    data = (
        tlv.encode(PROTOCOL, protocol_octets(pace.protocol))
        + tlv.encode(PASSWORD, bytes((password,)))
        + tlv.encode(PARAMETERS, bytes((pace.parameter_id,)))
    )
    answer = send(Command(MANAGE_SECURITY, *SET_PACE, data))
    if answer.sw != OK and answer.sw >> 4 != 0x63C:  # noqa: PLR2004 - 63Cx warns of wrong tries before
        raise PaceRefused(f"PACE: set {answer.sw:04X}")


def _step(send: Send, expected: int, tag: int | None = None, value: bytes = b"") -> bytes:
    return _answered(_authenticate(send, tag, value), expected)


def _authenticate(send: Send, tag: int | None, value: bytes, *, last: bool = False) -> Response:
    data = tlv.encode(DYNAMIC, b"" if tag is None else tlv.encode(tag, value))
    cla = 0x00 if last else CHAINED
    return send(Command(GENERAL_AUTHENTICATE, 0, 0, data, SHORT_ANSWER, cla))


def _answered(answer: Response, tag: int) -> bytes:
    if answer.sw != OK:
        raise PaceRefused(f"PACE: {tag:X}: {answer.sw:04X}")
    return tlv.first(tlv.inside(answer.data, DYNAMIC), tag)
