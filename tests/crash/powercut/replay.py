"""What is on the disk after a power cut at some entry of the log, opened on the host with the real code."""

import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.store import StoreError
from kiosk.store.recovery import open_store
from kiosk.sync import enrolment
from tests.crash.losing.alone import bundle_torn
from tests.crash.losing.promises import Promises
from tests.crash.powercut.machine import Recording
from tests.crash.powercut.writelog import Disk, entries
from tests.crash.tally import Finding, Tally
from wire.clock import SystemClock

HARNESS = "power cuts"
_REPAIRED_AT_MOST = 1  # e2fsck(8): 0 sound, 1 repaired as at every start; 4 and more: somebody has to look
_FOLDER = "bianmin"


@dataclass
class Cuts:
    """The findings, and how often something acknowledged was looked for."""

    tally: Tally
    looked_for: int = 0


def replay(recording: Recording, cuts: int, seed: int) -> Cuts:
    """Cut the power at so many moments of a recording; which, and what is lost, come from seed and cut alone."""
    done = Cuts(Tally(HARNESS))
    number_of_entries = sum(1 for _ in entries(recording.log))
    moments = [random.Random(f"{seed}/{cut}").randrange(number_of_entries) for cut in range(cuts)]  # noqa: S311
    by_moment = sorted(range(cuts), key=lambda cut: moments[cut])
    disk = Disk(bytearray(recording.fresh.read_bytes()))
    log = enumerate(entries(recording.log))
    at, end = -1, 0
    for cut in by_moment:
        while at < moments[cut]:
            at, entry = next(log)
            disk.take(entry)
            end = entry.end
        promises = Promises()
        for told_at, told in recording.told:
            if told_at <= end:
                promises.note(told)
        done.looked_for += promises.told
        done.tally.points += 1
        left = disk.after_cut(random.Random(f"{seed}/{cut}/lost"))  # noqa: S311 - to be repeated
        with tempfile.TemporaryDirectory(prefix="bianmin-powercut-") as folder:
            for lost, promise in _look(left, promises, Path(folder)):
                where = done.tally.lost if lost else done.tally.doubled
                where.append(Finding(promise, seed, cut))
    return done


def _look(disk: bytes, promises: Promises, folder: Path) -> Iterator[tuple[bool, str]]:
    """Yield what is not as it was promised: whether it is lost (or else there twice), and what."""
    image, files = folder / "image", folder / "files"
    image.write_bytes(disk)
    files.mkdir()
    checked = subprocess.run(["e2fsck", "-fp", image], capture_output=True, text=True, check=False)
    if checked.returncode > _REPAIRED_AT_MOST:
        yield True, f"file system mounts: {checked.stdout.strip()[-200:]}"
        return
    subprocess.run(["debugfs", "-R", f"rdump /{_FOLDER} {files}", image], capture_output=True, check=True)
    data = files / _FOLDER
    try:
        with open_store(data / "terminal.sqlite3", SystemClock(), enrolment.load(data)) as store:
            torn = bundle_torn(store)
            yield from ((True, promise) for promise in promises.broken(store, data))
            yield from ((False, promise) for promise in promises.twice(store))
            if torn:
                yield True, "last bundle is whole"
    except (StoreError, OSError) as error:
        yield True, f"terminal starts: {type(error).__name__}: {error}"
