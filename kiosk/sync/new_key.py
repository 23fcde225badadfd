"""A new device key: on disk before anybody hears of it, sealed where the terminal's key is to be sealed by its TPM."""

from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field, TypeAdapter, ValidationError

from kiosk import private_files
from kiosk.store.device_key import private_content
from kiosk.store.tpm import KeySealed, SealedKey, Tpm
from wire.keys import signing_key

KEY_BYTES = 32
StoredKey = Annotated[bytes, Field(min_length=KEY_BYTES, max_length=KEY_BYTES)] | SealedKey
"""A private key as a file holds it: bare, or sealed."""
_SEALED = TypeAdapter(SealedKey)


def opened(stored: StoredKey) -> Ed25519PrivateKey:
    """Return the key. Raises :class:`~kiosk.store.tpm.KeySealed`."""
    return signing_key(Tpm.here().unseal(stored) if isinstance(stored, SealedKey) else stored)


def new_key(path: Path, tpm: Tpm | None) -> tuple[Ed25519PrivateKey, StoredKey]:
    """Return the key that was made for ``path`` earlier and not taken into use, or a new one; and how it is stored.

    ``tpm``: what a new one is sealed by. Raises :class:`~kiosk.store.tpm.KeySealed`, OSError.
    """
    try:
        stored = _parsed(private_content(path))
        return opened(stored), stored
    except (FileNotFoundError, ValueError, KeySealed):  # the last: of a TPM that was here before
        key = Ed25519PrivateKey.generate()
    raw = key.private_bytes_raw()
    stored = raw if tpm is None else tpm.seal(raw)
    private_files.replace(path, stored if isinstance(stored, bytes) else stored.model_dump_json().encode())
    return key, stored


def _parsed(content: bytes) -> StoredKey:
    """Read a file of a key. Raises ValueError."""
    if len(content) == KEY_BYTES:
        return content
    try:
        return _SEALED.validate_json(content)
    except ValidationError:
        raise ValueError("no key") from None
