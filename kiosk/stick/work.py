"""The work on a stick that is mounted: a sealed file written onto it, or the centre's answers taken from it.

It runs in a unit of its own as the application's user; root's part, mounting and unmounting, is systemd's.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kiosk.stick.errors import NothingForUs, StickFull, StickMissing, StickProtected, StickPulled, stick_error
from kiosk.support.ways import StickUnwritable
from kiosk.sync.ferry import AnswerOld, Ferry
from wire.errors import WireError
from wire.ferry import Way
from wire.ferry_files import FerryUnreadable, file_name, listed

LEAST_BYTES = 1024 * 1024  # free, before anything is written: a bundle fits, and what a file system needs beside


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """What a stick brought: answers that were taken over, and envelopes that left the queue by them."""

    answers: int
    settled: int


@contextmanager
def writable(stick: Path, read_only: Path | None = None) -> Iterator[None]:
    """Let a file be written onto a stick. Raises :class:`~kiosk.stick.errors.StickError`; then no half file is left.

    ``read_only``: where the stick is mounted instead when it cannot be mounted to be written on.
    """
    if read_only is not None and read_only.is_mount() and not stick.is_mount():
        raise StickProtected(str(read_only))
    with _there(stick):
        found = os.statvfs(stick)
        if found.f_flag & os.ST_RDONLY:
            raise StickProtected(str(stick))
        if found.f_bavail * found.f_frsize < LEAST_BYTES:
            raise StickFull(f"{found.f_bavail * found.f_frsize} bytes are free")
        yield


def bring_back(ferry: Ferry, terminal: str, stick: Path) -> BroughtBack:
    """Take over every answer for this terminal that lies on the stick, oldest first.

    Raises :class:`~kiosk.stick.errors.StickError`, StoreError; of answers that are refused the reason (WireError), when
    all others are taken over; :class:`AnswerOld` where none was newer than the last.
    """
    taken = settled = 0
    refused: WireError | None = None
    with _there(stick):
        files = _for(terminal, stick)
        if not files:
            raise NothingForUs(terminal)
        for file in files:
            try:
                done = ferry.take_over(file)
            except FerryUnreadable:
                raise
            except WireError as error:
                if refused is None or isinstance(refused, AnswerOld):
                    refused = error
            else:
                taken, settled = taken + 1, settled + done.settled
    if refused is not None and not (taken and isinstance(refused, AnswerOld)):
        raise refused
    return BroughtBack(taken, settled)


def _for(terminal: str, stick: Path) -> list[Path]:
    """Return the answers whose names are of this terminal, by their numbers; what they are is looked at later."""
    mine = _without_number(file_name(terminal, 0, Way.DOWN))
    return sorted((file for file in listed(stick, Way.DOWN) if _without_number(file.name) == mine), key=_number)


def _without_number(name: str) -> str:
    return name.rpartition("-")[0]


def _number(file: Path) -> int:
    return int(file.name.rpartition("-")[2].partition(".")[0])


@contextmanager
def _there(stick: Path) -> Iterator[None]:
    """Say of what goes wrong what it means on a stick."""
    try:
        if not stick.is_mount():
            raise StickMissing(str(stick))
        yield
    except (FerryUnreadable, StickUnwritable) as error:
        raise stick_error(error) from error
    except OSError as error:
        raise StickPulled(error.strerror or type(error).__name__) from error
