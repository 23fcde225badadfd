"""Who may write to the database file now: everybody in turn, or, while a damaged one is replaced, one process alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Gate:
    """A lock file beside the database (flock(2)): shared for a transaction, exclusive for a replacement.

    Taken again while it is held, it stays as it is. One object is for one thread at a time.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the lock file. Raises OSError."""
        self._descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._held = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold off a replacement."""
        with self._hold(fcntl.LOCK_SH):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold off every transaction of every process."""
        with self._hold(fcntl.LOCK_EX):
            yield

    @contextmanager
    def _hold(self, how: int) -> Iterator[None]:
        if self._held:
            yield
            return
        fcntl.flock(self._descriptor, how)
        self._held = True
        try:
            yield
        finally:
            self._held = False
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the lock file."""
        os.close(self._descriptor)
