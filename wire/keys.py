"""Keys as bytes and back: Ed25519 for signatures, X25519 + ML-KEM-768 for sealing."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey

MLKEM_PUBLIC_BYTES = 1184  # FIPS 203, table 3
MLKEM_SEED_BYTES = 64
X25519_BYTES = 32


class Signer(Protocol):
    """What signs: an Ed25519 private key in memory, in a file, or in hardware that never lets it out."""

    def sign(self, data: bytes, /) -> bytes:
        """Return the Ed25519 signature (RFC 8032), 64 bytes."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class SealingKey:
    """The private half of a sealing key pair: ML-KEM seed (64 bytes), then X25519 key (32 bytes)."""

    mlkem: MLKEM768PrivateKey
    x25519: X25519PrivateKey

    @classmethod
    def generate(cls) -> "SealingKey":
        """Make a new key pair."""
        return cls(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, raw: bytes) -> "SealingKey":
        """Read 96 bytes. Raises ValueError when they are no key."""
        if len(raw) != MLKEM_SEED_BYTES + X25519_BYTES:
            raise ValueError("a private sealing key has 96 bytes")
        return cls(
            MLKEM768PrivateKey.from_seed_bytes(raw[:MLKEM_SEED_BYTES]),
            X25519PrivateKey.from_private_bytes(raw[MLKEM_SEED_BYTES:]),
        )

    def to_bytes(self) -> bytes:
        """Return 96 bytes."""
        return self.mlkem.private_bytes_raw() + self.x25519.private_bytes_raw()

    def public_bytes(self) -> bytes:
        """Return the public half: ML-KEM key (1184 bytes), then X25519 key (32 bytes)."""
        return self.mlkem.public_key().public_bytes_raw() + self.x25519.public_key().public_bytes_raw()

    def for_hpke(self) -> MLKEM768X25519PrivateKey:
        """Return the key as HPKE takes it."""
        return MLKEM768X25519PrivateKey(self.mlkem, self.x25519)


def sealing_public_key(raw: bytes) -> MLKEM768X25519PublicKey:
    """Read a public sealing key of 1216 bytes. Raises ValueError when it is none."""
    if len(raw) != MLKEM_PUBLIC_BYTES + X25519_BYTES:
        raise ValueError("a public sealing key has 1216 bytes")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:MLKEM_PUBLIC_BYTES]),
        X25519PublicKey.from_public_bytes(raw[MLKEM_PUBLIC_BYTES:]),
    )


def signing_key(raw: bytes) -> Ed25519PrivateKey:
    """Read an Ed25519 private key of 32 bytes (RFC 8032)."""
    return Ed25519PrivateKey.from_private_bytes(raw)


def verifying_key(raw: bytes) -> Ed25519PublicKey:
    """Read an Ed25519 public key of 32 bytes (RFC 8032)."""
    return Ed25519PublicKey.from_public_bytes(raw)


def key_id(public: bytes) -> str:
    """Return the name of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]
