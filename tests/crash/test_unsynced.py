"""A disk that forgets what was not flushed takes nothing from a terminal that somebody was told is kept."""

import random
from pathlib import Path, PurePosixPath

import pytest

from kiosk.store.recovery import open_store
from kiosk.sync import enrolment
from tests.crash import unsynced
from tests.crash.losing.alone import be_enrolled
from tests.crash.losing.forgetful import SECTOR, File, Forgetful, Loss
from tests.crash.losing.mount import why_not
from tests.crash.losing.power import cut_at, work_until_cut
from tests.crash.losing.promises import Promises
from wire.clock import SystemClock

mounting = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def left(disk: Forgetful, loss: Loss = Loss.ALL, seed: int = 0) -> dict[str, bytes | None]:
    """Return path and content of what a cut leaves."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    return {str(path): content for path, _, content in disk.after_cut(loss, chance)}


def written(disk: Forgetful, path: str, content: bytes) -> File:
    """Make a file, nothing flushed."""
    file = disk.make(path, 0o600)
    assert isinstance(file, File)
    disk.write(file, 0, content)
    return file


def test_content_needs_its_flush_and_a_name_needs_that_of_its_folder() -> None:
    """Without the file's flush it is empty, without the folder's it has no name."""
    disk = Forgetful()
    written(disk, "/a", b"one")
    disk.flush(written(disk, "/b", b"two"))
    assert left(disk) == {}
    disk.flush(disk.root)
    assert left(disk) == {"a": b"", "b": b"two"}


def test_a_rename_is_done_or_not() -> None:
    """Before the folder is flushed the old file stands there, afterwards the new one; never neither, never both."""
    disk = Forgetful()
    for name, content in (("/key", b"old"), ("/draft", b"new")):
        disk.flush(written(disk, name, content))
    disk.flush(disk.root)
    disk.rename("/draft", "/key")
    assert left(disk) == {"key": b"old", "draft": b"new"}
    assert {str(left(disk, Loss.SOME, seed)) for seed in range(9)} <= {
        str({"key": b"old", "draft": b"new"}),
        str({"key": b"new"}),
    }
    assert left(disk) == {"key": b"new"}


def test_some_loss_leaves_whole_sectors_of_either_content() -> None:
    """A write that was not flushed arrives sector by sector, some of them."""
    disk = Forgetful()
    file = written(disk, "/a", b"o" * SECTOR * 8)
    disk.flush(file)
    disk.flush(disk.root)
    disk.write(file, 0, b"n" * SECTOR * 8)
    seen = {left(disk, Loss.SOME, seed)["a"] for seed in range(20)}
    assert len(seen) > 3
    for content in seen:
        assert content is not None
        sectors = {content[at : at + SECTOR] for at in range(0, len(content), SECTOR)}
        assert sectors <= {b"o" * SECTOR, b"n" * SECTOR}


def test_what_a_cut_leaves_is_what_the_folder_holds_and_begins_with(tmp_path: Path) -> None:
    """Saved and loaded again, names, modes and content are the same."""
    disk = Forgetful()
    folder = disk.make("/f", 0o700, folder=True)
    disk.flush(written(disk, "/f/a", b"one"))
    disk.flush(folder)
    disk.flush(disk.root)
    chance = random.Random(0)  # noqa: S311 - to be repeated
    disk.save(tmp_path, Loss.ALL, chance)
    again = Forgetful(tmp_path)
    assert list(again.after_cut(Loss.ALL, chance)) == [
        (PurePosixPath("f"), 0o700, None),
        (PurePosixPath("f/a"), 0o600, b"one"),
    ]


def broken(root: Path, points: int, careless: str, lost: str | None) -> list[str]:
    """Cut the power under a terminal that works alone, so often or until that is lost; return what was not kept."""
    (root / "at").mkdir()
    disk, found, promises = root / "disk", list[str](), Promises()
    be_enrolled(disk)
    for number in range(points):
        cut, _ = cut_at(7, number, 400, 2500)
        worker = ["tests.crash.losing.alone", str(root / "at"), "--seed", cut.name, "--careless", careless]
        work_until_cut(root, cut, worker, [], promises.note)
        with open_store(disk / "terminal.sqlite3", SystemClock(), enrolment.load(disk)) as store:
            found += [*promises.broken(store, disk), *promises.twice(store)]
        if lost is not None and any(promise.startswith(lost) for promise in found):
            break
    assert promises.told > 0
    return found


@mounting
@pytest.mark.slow
@pytest.mark.parametrize(
    ("careless", "points", "lost"),
    [("", 2, None), ("commit", 20, "application"), ("folder", 20, "key")],
    ids=["careful", "commit", "folder"],
)
def test_the_harness_finds_the_lack_of_each_precaution(
    tmp_path: Path, careless: str, points: int, lost: str | None
) -> None:
    """Nothing is lost as it is; with commits that are not flushed applications are, without folders' flush the key."""
    found = broken(tmp_path, points, careless, lost)
    assert found == [] if lost is None else any(promise.startswith(lost) for promise in found)


@mounting
@pytest.mark.slow
def test_a_few_cuts_with_sync_process_and_centre_lose_nothing() -> None:
    """What ``make crash`` does hundreds of times."""
    tally = unsynced.run(2, seed=4)
    assert (tally.points, tally.lost, tally.doubled) == (2, [], [])
