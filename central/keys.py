"""The centre's secrets as files of mode 0600 in its data folder; nothing here ever has a default."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire.keys import SealingKey, signing_key

_RECORDS_KEY_BYTES = 32
_SECRET_BYTES = 48


class KeysMissing(Exception):
    """A centre has no keys in this data folder: ``python -m central init`` makes them."""


@dataclass(frozen=True, slots=True, repr=False)
class CentreKeys:
    """One centre's keys.

    ``signing`` signs bundles and replies, ``sealing`` opens envelopes, ``issuer`` signs verification codes of
    certificates, ``records`` (32 bytes, AES-256) closes applicants' data in the database.
    """

    signing: Ed25519PrivateKey
    sealing: SealingKey
    issuer: Ed25519PrivateKey
    records: bytes


def read_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return a secret file's content; when there is none, make it first. Safe when many processes start at once.

    The file appears whole or not at all: written beside, then linked, and whoever comes second takes the first's.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, beside = tempfile.mkstemp(dir=path.parent)  # mkstemp makes files of mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(beside, path)
        finally:
            Path(beside).unlink()
    return path.read_bytes()


def secret_key(data_dir: Path) -> str:
    """Return the secret that signs sessions, made at the first start."""
    return read_or_create(data_dir / "secret_key", lambda: secrets.token_urlsafe(_SECRET_BYTES).encode()).decode()


def create(data_dir: Path, centre: str) -> CentreKeys:
    """Make a centre's keys where they are missing, and return them. Existing keys stay."""
    folder = _folder(data_dir, centre)
    for name in ("signing", "issuer"):
        read_or_create(folder / name, lambda: Ed25519PrivateKey.generate().private_bytes_raw())
    read_or_create(folder / "sealing", lambda: SealingKey.generate().to_bytes())
    read_or_create(folder / "records", lambda: secrets.token_bytes(_RECORDS_KEY_BYTES))
    return load(data_dir, centre)


@cache
def load(data_dir: Path, centre: str) -> CentreKeys:
    """Return a centre's keys; read from disk once per process. Raises :class:`KeysMissing`."""
    folder = _folder(data_dir, centre)
    try:
        return CentreKeys(
            signing=signing_key((folder / "signing").read_bytes()),
            sealing=SealingKey.from_bytes((folder / "sealing").read_bytes()),
            issuer=signing_key((folder / "issuer").read_bytes()),
            records=(folder / "records").read_bytes(),
        )
    except FileNotFoundError as error:
        raise KeysMissing(f"no keys of centre {centre} in the data folder") from error


def _folder(data_dir: Path, centre: str) -> Path:
    return data_dir / "keys" / centre
