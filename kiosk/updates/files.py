"""Files of a release on a disk or a stick: only regular ones are read, no link is followed, every error has a code."""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import BinaryIO

from kiosk.updates.errors import FileDamaged, FolderUnusable, NoRoom, UpdateError
from wire.release import MANIFEST, MOST_MANIFEST_BYTES, SIGNATURE, ReleaseFile, ReleaseNotOurs, SignedManifest

_CHUNK = 1024 * 1024
_SIGNATURE_BYTES = 64
_POLL_S = 0.2
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Growing:
    """A file that is being fetched. Each block is on disk for good before the next one begins."""

    def __init__(self, raw: BinaryIO, file: ReleaseFile, start: int, block: int) -> None:
        self._raw = raw
        self._file = file
        self._block = block
        self.size = start
        raw.seek(start)

    def add(self, content: bytes) -> None:
        """Append. Raises :class:`FileDamaged` for more than the manifest names."""
        if self.size + len(content) > self._file.size:
            raise FileDamaged(f"{self._file.name} is larger than the manifest says")
        done = self.size // self._block
        view = memoryview(content)
        while view:
            view = view[self._raw.write(view) :]
        self.size += len(content)
        if self.size // self._block != done or self.size == self._file.size:
            os.fsync(self._raw.fileno())

    def restart(self) -> None:
        """Begin anew."""
        self._raw.seek(0)
        self._raw.truncate()
        self.size = 0


@contextmanager
def opened(path: Path, most_bytes: int) -> Iterator[BinaryIO]:
    """Open a regular file to read. Raises :class:`FolderUnusable`; ReleaseNotOurs for a link, a pipe, a giant."""
    with coded():
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO would block
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > most_bytes:
                raise ReleaseNotOurs(f"{path.name} is no regular file, or too large")
            yield file


def read_manifest(folder: Path) -> SignedManifest:
    """Return the signed manifest of a folder, unproven. Raises what :func:`opened` does."""
    with opened(folder / MANIFEST, MOST_MANIFEST_BYTES) as file:
        content = file.read(MOST_MANIFEST_BYTES)
    with opened(folder / SIGNATURE, _SIGNATURE_BYTES) as file:
        return SignedManifest(content=content, signature=file.read(_SIGNATURE_BYTES))


@contextmanager
def held(path: Path, wait_s: float) -> Iterator[bool]:
    """Hold a lock file (flock(2)), waiting for it so long; give whether it is held. Raises :class:`FolderUnusable`."""
    with coded():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        yield _lock(descriptor, wait_s)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, wait_s: float) -> bool:
    waiting = Event()
    for _ in range(max(1, round(wait_s / _POLL_S))):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting.wait(min(wait_s, _POLL_S))
        else:
            return True
    return False


def digest_of(path: Path) -> tuple[int, str]:
    """Return a regular file's size and SHA-256, in hexadecimal. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        size, digest = 0, hashlib.sha256()
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            digest.update(chunk)
        return size, digest.hexdigest()


@contextmanager
def coded() -> Iterator[None]:
    """Give an error of the file system its code."""
    try:
        yield
    except OSError as error:
        raise error_of(error) from error


def error_of(error: OSError) -> UpdateError:
    """Return what an error of the file system means; its text would name the path."""
    text = error.strerror or type(error).__name__
    return NoRoom(text) if error.errno in _FULL else FolderUnusable(text)
