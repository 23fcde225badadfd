"""Temporary files: one folder in memory, this user's alone, empty after each visit and after a crash."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.session_folder import NoMemoryFolder, SessionFolder, file_system, place

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw
23 22 0:22 / /dev rw - devtmpfs udev rw
24 23 0:23 / /dev/shm rw,nosuid - tmpfs tmpfs rw
25 22 0:24 / /run rw,nosuid shared:11 - tmpfs tmpfs rw
26 25 8:1 /x /run/kept rw - ext4 /dev/root rw
"""
ON_DISK = "22 1 8:1 / / rw - ext4 /dev/root rw\n"
DATA = Path("/var/lib/bianmin")


@pytest.fixture(autouse=True)
def _temporary_files_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", tempfile.gettempdir())
    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[SessionFolder]:
    with SessionFolder(tmp_path / "ours") as opened:
        yield opened


def test_what_systemd_gives_comes_first() -> None:
    """The runtime directory of the unit, the first one; else a folder in shared memory, one for each terminal."""
    assert place(DATA, {"RUNTIME_DIRECTORY": "/run/a:/run/b"}, MOUNTS) == Path("/run/a")
    own = place(DATA, {}, MOUNTS)
    assert own.parent == Path("/dev/shm")  # noqa: S108
    assert own != place(Path("/var/lib/other"), {}, MOUNTS)


@pytest.mark.fault("no folder in memory", code="terminal.no_memory_folder")
@pytest.mark.parametrize(("given", "mounts"), [("/run/kept/a", MOUNTS), ("", ON_DISK), ("/run/a", ON_DISK), ("", "")])
def test_a_disk_is_refused(given: str, mounts: str) -> None:
    """A folder that is on a disk is not taken, whoever gave it."""
    with pytest.raises(NoMemoryFolder, match="not in memory"):
        place(DATA, {"RUNTIME_DIRECTORY": given}, mounts)


def test_file_systems_are_told_apart() -> None:
    """The nearest mount counts, for folders that are not there yet, too."""
    assert file_system(Path("/run/kept/x/y"), MOUNTS) == "ext4"
    assert file_system(Path("/dev/shm/x"), MOUNTS) == "tmpfs"  # noqa: S108
    assert file_system(Path("/proc")) == "proc"


def test_every_temporary_file_goes_there(folder: SessionFolder) -> None:
    """Those of this process, and those of the programs that it starts."""
    with tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).parent == folder.path
    code = "import tempfile; print(tempfile.gettempdir())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == str(folder.path)


def test_emptied(folder: SessionFolder, tmp_path: Path) -> None:
    """Files, folders and links go, and nothing that a link points to; what libraries keep stays."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (folder.home / "kept").touch()
    (folder.path / "file").write_text("x")
    (folder.path / "deep" / "er").mkdir(parents=True)
    (folder.path / "link").symlink_to(outside)
    folder.empty()
    assert list(folder.path.iterdir()) == []
    assert (outside / "kept").exists()
    assert (folder.home / "kept").exists()


def test_nobody_else_may_look(folder: SessionFolder) -> None:
    """The folder is its user's alone, also when it was there with another mode."""
    assert {path.stat().st_mode & 0o777 for path in (folder.path.parent, folder.path, folder.home)} == {0o700}
    folder.path.parent.chmod(0o777)
    SessionFolder(folder.path.parent)
    assert folder.path.parent.stat().st_mode & 0o777 == 0o700


def test_what_a_killed_application_left_goes_at_the_start(folder: SessionFolder) -> None:
    """A crash left files: the next start deletes them before anybody comes."""
    left = [folder.path / "draft", folder.home / "draft"]
    for path in left:
        path.write_text("x")
    SessionFolder(folder.path.parent)
    assert [path for path in left if path.exists()] == []


def test_closed(tmp_path: Path) -> None:
    """At the end nothing of it is there."""
    with SessionFolder(tmp_path / "ours") as opened:
        (opened.path / "file").touch()
    assert not (tmp_path / "ours").exists()


@pytest.mark.fault("no folder in memory", code="terminal.no_memory_folder")
def test_a_folder_that_somebody_laid_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In shared memory anybody may lay a link or a folder of that name: neither is used."""
    (tmp_path / "trap").mkdir()
    (tmp_path / "ours").symlink_to(tmp_path / "trap")
    with pytest.raises(NoMemoryFolder, match="somebody else's"):
        SessionFolder(tmp_path / "ours")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(NoMemoryFolder, match="somebody else's"):
        SessionFolder(tmp_path / "trap")
    assert list((tmp_path / "trap").iterdir()) == []


def test_no_room(tmp_path: Path) -> None:
    """A place where no folder can be made is told by its code."""
    (tmp_path / "file").touch()
    with pytest.raises(NoMemoryFolder):
        SessionFolder(tmp_path / "file" / "ours")
