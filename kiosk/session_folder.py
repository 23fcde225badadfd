"""The one folder for temporary files of the application: in memory, and emptied at the end of every visit.

Nothing of ours writes a citizen's data into a file. Libraries and programs that are started here may, some day: then
it is in this folder, never on a disk, and gone before the next citizen comes.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder inside it is made, or checked, to be this user's alone
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


class NoMemoryFolder(Exception):
    """There is no folder in memory that is this user's alone. The text says which was tried."""

    code: ClassVar[str] = "terminal.no_memory_folder"


class SessionFolder:
    """``path`` is for temporary files; ``home`` is for what libraries want to keep while the process lives."""

    def __init__(self, root: Path) -> None:
        """Take a folder, making it where there is none; what an application that was killed left in it goes.

        Raises :class:`NoMemoryFolder`.
        """
        self._root = root
        self.path = root / "session"
        self.home = root / "home"
        try:
            _make_ours(root)
            self.empty()
            shutil.rmtree(self.home, ignore_errors=True)
            for folder in (self.path, self.home):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise NoMemoryFolder(f"{root}: {error.strerror}") from error

    def use(self) -> None:
        """Let everything in this process, and every program that it starts, put temporary files here."""
        tempfile.tempdir = os.environ["TMPDIR"] = str(self.path)

    def empty(self) -> None:
        """Delete every temporary file. One that somebody else deletes at the same moment is gone, too."""
        with suppress(FileNotFoundError):
            for entry in list(self.path.iterdir()):
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=True)
                else:
                    entry.unlink(missing_ok=True)

    def close(self) -> None:
        """Delete everything."""
        for folder in (self.path, self.home):
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # systemd's own folder stays
            self._root.rmdir()

    def __enter__(self) -> Self:
        self.use()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def place(data_dir: Path, environment: Mapping[str, str] = os.environ, mounts: str | None = None) -> Path:
    """Return where the folder of the terminal with this data folder is: what systemd gave, or in shared memory.

    ``mounts``: the content of ``/proc/self/mountinfo`` (proc(5)). Raises :class:`NoMemoryFolder` where neither is in
    memory.
    """
    given = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]  # systemd.exec(5)
    name = f"bianmin-{sha256(os.fsencode(data_dir)).hexdigest()[:16]}"
    root = Path(given) if given else _SHARED_MEMORY / name
    if file_system(root, mounts) not in _IN_MEMORY:
        raise NoMemoryFolder(f"{root} is not in memory")
    return root


def file_system(path: Path, mounts: str | None = None) -> str:
    """Return the type of the file system that a folder is on; empty where nobody can say."""
    if mounts is None:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    found: dict[Path, str] = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        found[Path(before.split()[4])] = after.split()[0]  # one mounted over another stands later
    real = path.resolve()
    return next((found[folder] for folder in (real, *real.parents) if folder in found), "")


def _make_ours(folder: Path) -> None:
    """Make a folder that its user alone may enter. Shared memory is everybody's: one that is there is looked at."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise NoMemoryFolder(f"{folder} is somebody else's")
    folder.chmod(0o700)
