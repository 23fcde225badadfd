"""The key pair of active authentication, as a chip has it: RSA with ISO 9796-2, scheme 1, or ECDSA."""

import secrets
from hashlib import new as hash_of
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

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


def _spki(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
