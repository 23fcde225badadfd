"""Disks that are full or take no writes, for real: file systems of a few hundred kilobytes in a mount namespace."""

from pathlib import Path

import pytest

from tests.mounts import in_its_own_mounts

PROGRAM = """
import subprocess, sys
from pathlib import Path
from kiosk.store import StoreError
from kiosk.store.recovery import open_store
from tests.terminal_parts import CITIZEN, TERMINAL, StandingClock

folder = Path(sys.argv[1])
path = folder / "terminal.sqlite3"

def mount(*words):
    subprocess.run(["mount", *words, str(folder)], check=True)

def attempt(work):
    try:
        return work()
    except StoreError as error:
        print(error.code)

def submit(store):
    return store.cases.submit("item", CITIZEN, {}).case_number
"""
FULL = """
mount("-t", "tmpfs", "-o", "size=600k", "tmpfs")
told = []
with open_store(path, StandingClock(), TERMINAL) as store:
    while (number := attempt(lambda: submit(store))) is not None:
        told.append(number)
    ballast = folder / "ballast"
    assert attempt(lambda: submit(store)) is None, "it stays so until there is room"
    mount("-o", "remount,size=4m")
    told.append(submit(store))
    assert store.outbox.queue().queued == len(told), "what was told is there, what failed is not"
    assert [one.header.sequence for one in store.outbox.pending(1000)] == list(range(1, len(told) + 1))
    store.check()
"""
FULL_AT_START = """
mount("-t", "tmpfs", "-o", "size=600k", "tmpfs")
ballast = folder / "ballast"
with ballast.open("wb", buffering=0) as file:
    try:
        while file.write(bytes(4096)):
            pass
    except OSError:
        pass
attempt(lambda: open_store(path, StandingClock(), TERMINAL))
ballast.unlink()
with open_store(path, StandingClock(), TERMINAL) as store:
    submit(store)
    store.check()
"""
READ_ONLY = """
mount("-t", "tmpfs", "-o", "size=4m", "tmpfs")
with open_store(path, StandingClock(), TERMINAL) as store:
    submit(store)
mount("-o", "remount,ro")
attempt(lambda: open_store(path, StandingClock(), TERMINAL))
mount("-o", "remount,rw")
with open_store(path, StandingClock(), TERMINAL) as store:
    assert store.outbox.queue().queued == 1
"""
FULL_WHILE_REPLACING = """
mount("-t", "tmpfs", "-o", "size=8m", "tmpfs")
with open_store(path, StandingClock(), TERMINAL) as store:
    for _ in range(40):
        submit(store)
with path.open("r+b") as file:
    file.write(bytes(4096))
used = sum(entry.stat().st_blocks for entry in folder.iterdir()) // 2
mount("-o", f"remount,size={used + 100}k")
attempt(lambda: open_store(path, StandingClock(), TERMINAL))
assert path.exists(), "the damaged file is still in place"
mount("-o", "remount,size=8m")
with open_store(path, StandingClock(), TERMINAL) as store:
    assert store.outbox.queue().queued == 40
"""


def told(program: str, folder: Path) -> list[str]:
    """Run a program on a disk of its own at ``folder``; return the words that it printed."""
    return in_its_own_mounts(PROGRAM + program, folder).split()


@pytest.mark.fault("disk full", code="terminal.store_full")
def test_disk_full_while_submitting(tmp_path: Path) -> None:
    """A submission without room fails whole, with a code; everything told before is kept; with room it goes on."""
    assert told(FULL, tmp_path) == ["terminal.store_full"] * 2


@pytest.mark.fault("disk full", code="terminal.store_full")
def test_disk_full_at_start(tmp_path: Path) -> None:
    """A start that finds no room says so; the next one, with room, serves."""
    assert told(FULL_AT_START, tmp_path) == ["terminal.store_full"]


@pytest.mark.fault("disk full", code="terminal.store_full")
def test_disk_full_while_a_damaged_database_is_replaced(tmp_path: Path) -> None:
    """Without room for the replacement the damaged file stays where it is; with room, everything is saved."""
    assert told(FULL_WHILE_REPLACING, tmp_path) == ["terminal.store_full"]


@pytest.mark.fault("read-only file system", code="terminal.store_read_only")
def test_read_only_file_system(tmp_path: Path) -> None:
    """A disk that the kernel has locked has a code of its own; what it holds is there when it takes writes again."""
    assert told(READ_ONLY, tmp_path) == ["terminal.store_read_only"]
