"""The keys by which a chip proves itself: of active authentication (RSA, ECDSA), and of chip authentication."""

import secrets
from hashlib import new as hash_of
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from devices.card_reader.emrtd.der import keys
from devices.card_reader.emrtd.security_infos import announce_chip_key
from devices.card_reader.emrtd.signatures import ec_key
from devices.card_reader.emrtd.suites import SessionKeys, Suite

_TRAILERS: Final = {"sha1": b"\xbc", "sha256": b"\x34\xcc", "sha512": b"\x35\xcc"}


class RsaProof:
    """A chip's RSA key."""

    def __init__(self, key: rsa.RSAPrivateKey, hash_name: str = "sha256") -> None:
        self._numbers = key.private_numbers()
        self._hash_name = hash_name
        self.public = _spki(key.public_key())

    def __call__(self, challenge: bytes) -> bytes:
        """Sign a challenge: 6A, random octets, hash of those and the challenge, trailer."""
        modulus = self._numbers.public_numbers.n
        size, trailer = (modulus.bit_length() + 7) // 8, _TRAILERS[self._hash_name]
        own = secrets.token_bytes(size - 1 - hash_of(self._hash_name).digest_size - len(trailer))
        block = b"\x6a" + own + hash_of(self._hash_name, own + challenge).digest() + trailer
        return pow(int.from_bytes(block, "big"), self._numbers.d, modulus).to_bytes(size, "big")


class EcProof:
    """A chip's key on a curve; signs the challenge's SHA-256, plain: r and s one behind the other."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public = _spki(self._key.public_key())

    def __call__(self, challenge: bytes) -> bytes:
        """Sign a challenge."""
        r, s = decode_dss_signature(self._key.sign(challenge, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


Proof = RsaProof | EcProof


class ChipAgreement:
    """A chip's key for chip authentication, and with which cipher it goes on; ``key_id`` where it has several."""

    def __init__(self, suite: Suite, curve: ec.EllipticCurve | None = None, key_id: int | None = None) -> None:
        self.suite = suite
        self._key = ec.generate_private_key(curve or ec.SECP256R1())
        self._public = keys.PublicKeyInfo.load(_spki(self._key.public_key()))
        self.infos = announce_chip_key(suite, self._public, key_id)

    def agree(self, theirs: bytes) -> SessionKeys:
        """Return the keys that go with the terminal's public key."""
        curve, _ = ec_key(self._public)
        secret = self._key.private_numbers().private_value
        shared = curve.multiply(secret, curve.decode(theirs)).x
        return SessionKeys.derived(self.suite, shared.to_bytes(curve.size, "big"))


def _spki(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
