"""Files on a stick that anybody may have filled: only regular ones are opened, and no link is followed.

What stands in a file never becomes a path. New files appear whole or not at all.
"""

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ClassVar

from wire.errors import WireError
from wire.ferry import FerryNotOurs, Way

MOST_BYTES = 8 * 1024**3
_MOST_FILES = 1000
_NAME = re.compile(r"bianmin-[A-Za-z0-9_-]{1,60}-[0-9]{1,19}\.(up|down)\.ferry", re.ASCII)


class FerryUnreadable(WireError):
    """The stick, a folder or a file cannot be read or written."""

    code: ClassVar[str] = "wire.ferry_unreadable"


def file_name(terminal: str, number: int, way: Way) -> str:
    """Return a file's name: terminal and number of the export, nothing of a person."""
    return f"bianmin-{re.sub('[^A-Za-z0-9_-]', '_', terminal)[:60]}-{number}.{way.value}.ferry"


def listed(folder: Path, way: Way) -> list[Path]:
    """Return the ferry files of one way in a folder, by name; whatever else lies there is left alone.

    Folders are not entered, links not followed. Raises :class:`FerryUnreadable`, :class:`FerryNotOurs` for too many.
    """
    found: list[Path] = []
    with _coded(), os.scandir(folder) as entries:
        for entry in entries:
            name = _NAME.fullmatch(entry.name)
            if name and name[1] == way.value and entry.is_file(follow_symlinks=False):
                found.append(Path(entry.path))
                if len(found) > _MOST_FILES:
                    raise FerryNotOurs(f"more than {_MOST_FILES} ferry files in one folder")
    return sorted(found)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file to read. Raises :class:`FerryUnreadable`; :class:`FerryNotOurs` for what is no such file."""
    with _coded():
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO would block
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            os.close(descriptor)
            raise FerryNotOurs("not a regular file, or too large")
        with os.fdopen(descriptor, "rb") as file:
            yield file


@contextmanager
def written(folder: Path, name: str) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when the block has ended well, on disk. Raises FerryUnreadable."""
    draft = folder / f".{name}.{secrets.token_hex(4)}.part"
    with _coded():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(folder / name)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


@contextmanager
def _coded() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # its text would name the path
        raise FerryUnreadable(error.strerror or type(error).__name__) from error
