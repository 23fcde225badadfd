"""The log of a disk's writes is read as QEMU writes it, and a cut takes only what no flush had followed."""

import random
import struct
from pathlib import Path

import pytest

from tests.crash.powercut.initramfs import _cpio
from tests.crash.powercut.writelog import SECTOR, Disk, Entry, LogBroken, entries

_MAGIC = 0x6A736677736872
_FLUSH, _FORCED, _DISCARD = 1, 2, 4


def log(path: Path, *written: tuple[int, bytes, int]) -> Path:
    """Write a log of (sector, data, flags), as block/blklogwrites.c does."""
    out = struct.pack("<QQQI", _MAGIC, 1, len(written), SECTOR).ljust(SECTOR, b"\0")
    for sector, data, flags in written:
        out += struct.pack("<QQQQ", sector, len(data) // SECTOR, flags, 0).ljust(SECTOR, b"\0")
        out += b"" if flags & _DISCARD else data
    path.write_bytes(out)
    return path


def sectors(*letters: bytes) -> bytes:
    return b"".join(letter * SECTOR for letter in letters)


def left(*written: Entry, size: int = 4) -> set[bytes]:
    """Return every disk that a cut after these entries can leave, as far as chance shows them; a letter a sector."""
    seen = set()
    for seed in range(200):
        disk = Disk(bytearray(sectors(b".") * size))
        for entry in written:
            disk.take(entry)
        content = disk.after_cut(random.Random(seed))  # noqa: S311 - to be repeated
        seen.add(bytes(content[at] for at in range(0, len(content), SECTOR)))
    return seen


def write(sector: int, *letters: bytes, flush: bool = False, forced: bool = False) -> Entry:
    return Entry(sector * SECTOR, sectors(*letters), flush, forced, 0)


def test_entries_are_read_with_where_they_end(tmp_path: Path) -> None:
    """Writes, flushes and discards come in order; a last one that was not written whole is none."""
    whole = log(tmp_path / "log", (2, sectors(b"a", b"b"), 0), (0, b"", _FLUSH), (1, sectors(b"x"), _DISCARD))
    first, flush, discard = entries(whole)
    assert (first.start, first.data, first.end) == (2 * SECTOR, sectors(b"a", b"b"), 4 * SECTOR)
    assert (flush.flush, flush.data, flush.end) == (True, b"", 5 * SECTOR)
    assert (discard.start, discard.data, discard.end) == (SECTOR, bytes(SECTOR), 6 * SECTOR)
    whole.write_bytes(whole.read_bytes()[: 4 * SECTOR - 1])
    assert list(entries(whole)) == []


def test_another_file_is_no_log(tmp_path: Path) -> None:
    """It is said, not misread."""
    other = tmp_path / "log"
    other.write_bytes(bytes(SECTOR))
    with pytest.raises(LogBroken):
        list(entries(other))


def test_a_flush_keeps_what_came_before_it() -> None:
    """No cut takes it."""
    assert left(write(0, b"a"), write(3, b"b"), write(0, flush=True)) == {b"a..b"}


def test_what_came_after_the_last_flush_may_be_lost_in_any_combination() -> None:
    """Later writes may arrive without earlier ones, and of one some sectors."""
    seen = left(write(0, b"a"), write(0, flush=True), write(0, b"c", b"d"), write(3, b"b"))
    assert {b"a...", b"cd.b", b"a..b", b"cd..", b"c...", b"ad.."} <= seen
    assert all(disk[0:1] in {b"a", b"c"} for disk in seen)


def test_a_forced_write_is_kept_alone() -> None:
    """It needs no flush, and keeps nothing before it; a write that flushes first keeps what was there, not itself."""
    assert {b"...b", b"a..b"} <= left(write(0, b"a"), write(3, b"b", forced=True))
    assert left(write(0, b"a"), write(3, b"b", flush=True)) == {b"a...", b"a..b"}


def test_the_root_is_what_the_kernel_unpacks(tmp_path: Path) -> None:
    """Each member's name and content are padded to four bytes; folders come before what is in them."""
    archive = _cpio({"a/b": (0o100644, b"12345")})
    names, at = [], 0
    while at < len(archive):
        assert archive[at : at + 6] == b"070701"
        size, length = int(archive[at + 54 : at + 62], 16), int(archive[at + 94 : at + 102], 16)
        names.append(archive[at + 110 : at + 110 + length - 1])
        at += 110 + length + -(110 + length) % 4
        at += size + -size % 4
    assert names == [b"a", b"a/b", b"TRAILER!!!"]
