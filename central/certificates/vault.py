"""What the certificates app keeps of citizens, closed by the centre's records key; and how a person is found again."""

import hashlib
import hmac
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

_NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.2: random, 96 bits
_KEY_BYTES = 32


class VaultDamaged(Exception):
    """A closed record does not open: it was changed, moved from another row, or closed by another key."""


class Vault:
    """Closes records with AES-256-GCM. ``row`` binds a record to its place, so that rows cannot be exchanged."""

    def __init__(self, records_key: bytes) -> None:
        self._records = AESGCM(HKDFExpand(SHA256(), _KEY_BYTES, b"bianmin/certificates/records").derive(records_key))
        self._people = HKDFExpand(SHA256(), _KEY_BYTES, b"bianmin/certificates/people").derive(records_key)

    def close(self, content: bytes, row: str) -> bytes:
        """Return nonce (12 bytes), ciphertext, tag (16 bytes)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._records.encrypt(nonce, content, row.encode())

    def open(self, closed: bytes, row: str) -> bytes:
        """Return what was closed. Raises :class:`VaultDamaged`."""
        try:
            return self._records.decrypt(closed[:_NONCE_BYTES], closed[_NONCE_BYTES:], row.encode())
        except InvalidTag as error:
            raise VaultDamaged(f"record {row.split('/', 1)[0]} does not open") from error

    def close_json(self, content: dict[str, Any], row: str) -> bytes:
        """Close a JSON object."""
        return self.close(json.dumps(content, ensure_ascii=False).encode(), row)

    def open_json(self, closed: bytes, row: str) -> dict[str, Any]:
        """Open a JSON object. Raises :class:`VaultDamaged`."""
        content: dict[str, Any] = json.loads(self.open(closed, row))
        return content

    def person(self, id_number: str) -> str:
        """Return the name under which a person's rows are found: HMAC-SHA-256 of the ID number, in hexadecimal.

        The key keeps it from being guessed: there are few enough ID numbers to try them all.
        """
        return hmac.new(self._people, id_number.encode(), hashlib.sha256).hexdigest()
