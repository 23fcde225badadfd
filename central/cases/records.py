"""What an applicant said, closed in the database: a copy of the database without the key file tells no names."""

import secrets
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wire.identity import Identity
from wire.model import Message

_NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.2: random, for far fewer than 2^32 records per key


class Particulars(Message):
    """The applicant as the document said, and the answers of the form."""

    applicant: Identity
    answers: dict[str, Any]

    def __repr__(self) -> str:
        """Give nothing of the applicant away."""
        return "Particulars()"


def close(particulars: Particulars, key: bytes, case_number: str) -> bytes:
    """Return nonce (12 bytes) and ciphertext (AES-256-GCM), bound to the case, for a key of 32 bytes."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, particulars.model_dump_json().encode(), case_number.encode())


def reveal(closed: bytes, key: bytes, case_number: str) -> Particulars:
    """Return what :func:`close` closed. Raises cryptography's ``InvalidTag`` for another key, case or content."""
    plain = AESGCM(key).decrypt(closed[:_NONCE_BYTES], closed[_NONCE_BYTES:], case_number.encode())
    return Particulars.model_validate_json(plain)
