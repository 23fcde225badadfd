"""The device key: whoever holds it signs for this terminal. Here it is a file; a TPM can take its place.

Two processes sign, and the key may be rolled while both run: a signature always comes from the file as it now is.
"""

import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import ClassVar, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wire.keys import signing_key


class DeviceKey(Protocol):
    """What the rest of the terminal needs of its key. Nothing else may ask for more: a TPM could not give it."""

    def sign(self, data: bytes, /) -> bytes:
        """Return the Ed25519 signature (RFC 8032), 64 bytes."""
        ...


class KeyExposed(Exception):
    """The file that holds the key can be read by others than its user."""

    code: ClassVar[str] = "terminal.key_exposed"


class KeyFile:
    """A key in a file of mode 0600 that is replaced whole. ``read`` returns the key's 32 bytes out of its content."""

    def __init__(self, path: Path, read: Callable[[bytes], bytes]) -> None:
        self._path = path
        self._read = read
        self._lock = Lock()
        self._seen: tuple[int, int] | None = None
        self._key: Ed25519PrivateKey | None = None

    def sign(self, data: bytes, /) -> bytes:
        """Return the Ed25519 signature (RFC 8032), 64 bytes. Raises :class:`KeyExposed`, OSError."""
        return self._current().sign(data)

    def public_bytes(self) -> bytes:
        """Return the public half, 32 bytes."""
        return self._current().public_key().public_bytes_raw()

    def _current(self) -> Ed25519PrivateKey:
        with self._lock:
            found = self._path.stat()
            seen = (found.st_ino, found.st_mtime_ns)
            if self._key is None or seen != self._seen:
                self._key, self._seen = signing_key(self._read(private_content(self._path))), seen
            return self._key


def private_content(path: Path) -> bytes:
    """Return the content of a file that only its user may read. Raises :class:`KeyExposed`, OSError."""
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & 0o077:
            raise KeyExposed(f"{path.name} has mode {mode & 0o777:04o}; it must be 0600")
        return file.read()
