"""QEMU's log of every write and flush of a disk (block/blklogwrites.c), and what a power cut at any moment leaves.

The log is dm-log-writes' format, of the kernel's documentation: a super block, then entries of one sector, each with
its data after it. A write counts as kept once a flush follows it; before, any of its sectors may be missing.
"""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
_MAGIC = 0x6A736677736872
_SUPER = struct.Struct("<QQQI")
_ENTRY = struct.Struct("<QQQQ")
_FLUSH, _FORCED, _DISCARD = 1, 2, 4


class LogBroken(Exception):
    """A file is no log of writes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """``start``: byte on the disk; ``end``: byte of the log at which it is written whole. A flush has no ``data``."""

    start: int
    data: bytes
    flush: bool
    forced: bool
    end: int


def entries(log: Path) -> Iterator[Entry]:
    """Give every entry, in the order in which the disk took them. Raises :class:`LogBroken`."""
    with log.open("rb") as file:
        magic, version, _, size = _SUPER.unpack(file.read(_SUPER.size))
        if (magic, version, size) != (_MAGIC, 1, SECTOR):
            raise LogBroken(f"super block {magic:x}, version {version}, sectors of {size} bytes")
        at = SECTOR
        while True:
            file.seek(at)
            head = file.read(SECTOR)
            if len(head) < SECTOR:
                return
            sector, sectors, flags, _ = _ENTRY.unpack_from(head)
            length = sectors * SECTOR
            if flags & _DISCARD:
                data = bytes(length)
            else:
                data = file.read(length)
                if len(data) < length:
                    return  # the last one, of a machine that was stopped
                at += length
            at += SECTOR
            yield Entry(sector * SECTOR, data, bool(flags & _FLUSH), bool(flags & _FORCED), at)


@dataclass
class Disk:
    """A disk as a log fills it. ``kept``: what no power cut can take; ``unflushed``: what one may."""

    kept: bytearray
    unflushed: list[Entry] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        """Take the next entry."""
        if entry.flush:
            for earlier in self.unflushed:
                self._put(self.kept, earlier.start, earlier.data)
            self.unflushed.clear()
        if entry.data and entry.forced:
            self._put(self.kept, entry.start, entry.data)
        elif entry.data:
            self.unflushed.append(entry)

    def after_cut(self, chance: random.Random) -> bytes:
        """Return what is on the disk when the power goes now: of what was not flushed, some writes, some torn."""
        disk, share = bytearray(self.kept), chance.choice((0.0, 1.0, chance.random()))
        for entry in self.unflushed:
            if chance.random() < share:
                self._put(disk, entry.start, entry.data)
            elif chance.random() < share:
                for at in range(0, len(entry.data), SECTOR):
                    if chance.random() < share:
                        self._put(disk, entry.start + at, entry.data[at : at + SECTOR])
        return bytes(disk)

    @staticmethod
    def _put(disk: bytearray, start: int, data: bytes) -> None:
        disk[start : start + len(data)] = data
