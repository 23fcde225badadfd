"""The end of a terminal's data: key first, then everything, while nobody can write; never while something is unsent."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import ClassVar

from kiosk import private_files
from kiosk.store.database import Database
from kiosk.store.errors import StoreError
from kiosk.store.gate import Gate

KEYS = ("terminal.json", "enrolling.key", "next.key", "ferry.key")  # erased before anything else
_UNSENT = "SELECT id FROM outbox WHERE state <> 'settled'"


class StillUnsent(Exception):
    """Something has not reached the centre, and nobody has said that it may be lost. Nothing was erased."""

    code: ClassVar[str] = "terminal.still_unsent"

    def __init__(self, count: int | None) -> None:
        super().__init__("the queue cannot be read" if count is None else f"{count} envelopes")
        self.count = count


def erase(database: Path, *, carried: Collection[str] = (), lose_unsent: bool = False) -> int:
    """Erase the database's whole folder; return how many files that were.

    ``carried``: ids of envelopes that were exported and may go. Raises :class:`StillUnsent`, OSError. Whoever has the
    database open finds it gone at the next transaction. Overwriting makes old blocks of flash unreadable only by
    chance: what counts is that the partition's key goes afterwards (docs/operations.md).
    """
    folder = database.parent
    gate = Gate(database)
    try:
        with gate.alone():
            if not lose_unsent:
                _check(database, gate, carried)
            files = [folder / name for name in KEYS if (folder / name).exists()]
            files += [path for path in sorted(_files(folder)) if path not in files]
            for path in files:
                _erase(path)
            for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
                path.rmdir()
            return len(files)
    finally:
        gate.close()


def _check(path: Path, gate: Gate, carried: Collection[str]) -> None:
    if not path.exists():
        return
    try:
        database = Database(path, gate)
        try:
            unsent = {str(row[0]) for row in database.rows(_UNSENT)} - set(carried)
        finally:
            database.close()
    except StoreError as error:
        raise StillUnsent(None) from error
    if unsent:
        raise StillUnsent(len(unsent))


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path


def _erase(path: Path) -> None:
    """Overwrite a regular file, and remove it; a link is removed, what it leads to is left alone."""
    if path.is_file() and not path.is_symlink():
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            left = os.fstat(descriptor).st_size
            while left > 0:
                left -= os.write(descriptor, bytes(min(left, 1 << 20)))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    private_files.remove(path)
