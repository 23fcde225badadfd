"""Whether somebody is being served, told between processes by a lock that ends with whoever holds it (flock(2)).

A visit holds it shared; the installer of updates holds it alone, and while it does, no visit begins.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "visit.lock"  # in the data folder


class Occupied(Exception):
    """The lock is held by another in a way that excludes this one."""


class Occupancy:
    """The lock of one terminal, in its data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / NAME

    @contextmanager
    def visit(self) -> Iterator[None]:
        """Serve somebody. Neither an installer that was quicker by a moment nor a failing disk keeps a visit back."""
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield
            return
        try:
            self._try(descriptor, fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)

    def reserved(self) -> bool:
        """Tell whether the installer keeps visits from beginning; a disk that fails tells nothing."""
        try:
            with self._opened() as descriptor:
                return descriptor is not None and not self._try(descriptor, fcntl.LOCK_SH)
        except OSError:
            return False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep visits from beginning. Raises :class:`Occupied` while there is one, OSError."""
        with self._opened() as descriptor:
            if descriptor is not None and not self._try(descriptor, fcntl.LOCK_EX):
                raise Occupied
            yield

    @contextmanager
    def _opened(self) -> Iterator[int | None]:
        """Open the lock only to read: whoever installs may be another user. None: nobody was ever served here."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            yield None
            return
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @staticmethod
    def _try(descriptor: int, how: int) -> bool:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
