"""Active authentication (Doc 9303-11, 6.1): the chip proves that it has the private key of DG15, which no copy has."""

from hmac import compare_digest
from typing import Final

from devices.card_reader.apdu import OK
from devices.card_reader.api import CardForged, CardGarbled
from devices.card_reader.emrtd import tlv
from devices.card_reader.emrtd.command import Command, Send
from devices.card_reader.emrtd.curves import Curve
from devices.card_reader.emrtd.der import keys, reading
from devices.card_reader.emrtd.signatures import Unsupported, digest, ec_key, ecdsa_verifies, rsa_numbers
from devices.card_reader.emrtd.suites import Random

DG15: Final = 0x6F
INTERNAL_AUTHENTICATE: Final = 0x88
CHALLENGE_SIZE: Final = 8
_WRONG_LENGTH: Final = 0x6700
_PARTLY_RECOVERED, _ONE_BYTE_TRAILER, _TWO_BYTE_TRAILER = 0x6A, 0xBC, 0xCC
_TRAILER_HASHES: Final = {0x33: "sha1", 0x34: "sha256", 0x35: "sha512", 0x36: "sha384", 0x38: "sha224"}
_HASH_BY_BITS: Final = ((192, "sha1"), (224, "sha224"), (256, "sha256"), (384, "sha384"))


def authenticate(send: Send, group: bytes, hash_name: str | None, random: Random, longest: int) -> None:
    """Challenge the chip. ``group`` is DG15, ``longest`` how many bytes an answer may have.

    ``hash_name`` is what DG14 says of ECDSA, if it does.
    Raises ``CardForged`` when the chip can't prove itself. A key of a kind that Doc 9303 does not know proves nothing,
    and disproves nothing.
    """
    challenge = random(CHALLENGE_SIZE)
    answer = send(Command(INTERNAL_AUTHENTICATE, 0, 0, challenge, longest))
    if answer.sw == _WRONG_LENGTH:
        raise CardGarbled("active authentication: the signature does not fit")
    if answer.sw != OK:
        raise CardForged(f"active authentication: {answer.sw:04X}")
    with reading("DG15"):
        key = keys.PublicKeyInfo.load(tlv.inside(group, DG15), strict=True)
        try:
            proven = _proves(key, hash_name, challenge, answer.data)
        except Unsupported:
            return
    if not proven:
        raise CardForged("active authentication: the signature is wrong")


def _proves(key: keys.PublicKeyInfo, hash_name: str | None, challenge: bytes, signature: bytes) -> bool:
    if key.algorithm == "rsa":
        return recovers(*rsa_numbers(key), challenge, signature)
    if key.algorithm != "ec":
        raise Unsupported(key.algorithm)
    curve, public = ec_key(key)
    if len(signature) != 2 * _order_size(curve):
        return False
    r, s = (int.from_bytes(signature[at : at + _order_size(curve)], "big") for at in (0, _order_size(curve)))
    return ecdsa_verifies(curve, public, hash_name or _usual_hash(curve), challenge, (r, s))


def recovers(modulus: int, exponent: int, challenge: bytes, signature: bytes) -> bool:
    """Tell whether a signature of ISO 9796-2, scheme 1, with partial recovery, is over this challenge.

    What it recovers: 6A, a message of the chip's, hash of that and the challenge, trailer (Doc 9303-11, appendix F).
    """
    number = int.from_bytes(signature, "big")
    size = (modulus.bit_length() + 7) // 8
    if not 0 < number < modulus or len(signature) != size:
        return False
    recovered = pow(number, exponent, modulus)
    if recovered % 16 != _ONE_BYTE_TRAILER % 16:
        recovered = modulus - recovered  # signers may take the smaller of two (ISO 9796-2, B.6)
    return holds(recovered.to_bytes(size, "big"), challenge)


def holds(recovered: bytes, challenge: bytes) -> bool:
    """Tell whether a recovered block has the right form, and the hash of its own message and the challenge."""
    if recovered[-1] == _ONE_BYTE_TRAILER:
        hash_name, trailer = "sha1", 1
    elif recovered[-1] == _TWO_BYTE_TRAILER and recovered[-2] in _TRAILER_HASHES:
        hash_name, trailer = _TRAILER_HASHES[recovered[-2]], 2
    else:
        return False
    hashed = recovered[:-trailer]
    size = len(digest(hash_name, b""))
    if hashed[0] != _PARTLY_RECOVERED or len(hashed) <= 1 + size:
        return False
    message, found = hashed[1:-size], hashed[-size:]
    return compare_digest(digest(hash_name, message + challenge), found)


def _order_size(curve: Curve) -> int:
    return (curve.n.bit_length() + 7) // 8


def _usual_hash(curve: Curve) -> str:
    return next((name for bits, name in _HASH_BY_BITS if curve.n.bit_length() <= bits), "sha512")
