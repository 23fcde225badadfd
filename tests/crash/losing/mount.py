"""A forgetful disk as a mounted folder, in a process of its own: ``python -m tests.crash.losing.mount FOLDER AT …``.

After a number of writing calls the power is gone: nothing arrives any more, every call fails, and the process says
which call that was. Once unmounted it leaves in FOLDER what the cut left. The one door to FUSE.
"""

import argparse
import errno
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_IFDIR, S_IFREG
from typing import Any

from tests.crash.losing.forgetful import Cut, File, Folder, Forgetful, Loss, Node

_SECTION_BYTES = 4096
_SECTIONS = 1 << 18  # a disk of one gigabyte, always empty
_READY_S = 60.0  # against hangs only


class Operations:
    """What the kernel asks (fuse.h). Files stay open after their name is gone."""

    use_ns = True

    def __init__(self, disk: Forgetful, calls: int) -> None:
        """Serve a disk; the power lasts for so many writing calls."""
        self._disk = disk
        self._left = calls
        self._open: dict[int, Node] = {}
        self.out = False
        self.kept: Any = None

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        """Tell what stands at a path."""
        self._powered()
        node = self._node(path, fh)
        told = {"st_ino": node.number, "st_uid": os.getuid(), "st_gid": os.getgid(), "st_nlink": 1}
        told |= {"st_atime": 0, "st_mtime": 0, "st_ctime": 0}
        if isinstance(node, Folder):
            return told | {"st_mode": S_IFDIR | node.mode, "st_size": 0}
        return told | {"st_mode": S_IFREG | node.mode, "st_size": len(node.now)}

    def readdir(self, path: str, fh: int) -> list[str]:
        """List a folder."""
        self._powered()
        node = self._node(path, None)
        if not isinstance(node, Folder):
            raise OSError(errno.ENOTDIR, path)
        return [".", "..", *node.now]

    def statfs(self, path: str) -> dict[str, int]:
        """Tell how much room there is."""
        told = {"f_bsize": _SECTION_BYTES, "f_frsize": _SECTION_BYTES, "f_namemax": 255}
        return told | {"f_blocks": _SECTIONS, "f_bfree": _SECTIONS, "f_bavail": _SECTIONS}

    def open(self, path: str, flags: int) -> int:
        """Open a file."""
        self._powered()
        return self._opened(self._disk.find(path))

    def create(self, path: str, mode: int, fi: object = None) -> int:
        """Make a file and open it."""
        self._writing("create", path)
        return self._opened(self._disk.make(path, mode & 0o7777))

    def release(self, path: str, fh: int) -> int:
        """Close a file. Nothing is flushed by that."""
        self._open.pop(fh, None)
        return 0

    def opendir(self, path: str) -> int:
        """Open a folder."""
        self._powered()
        return self._opened(self._disk.find(path))

    def releasedir(self, path: str, fh: int) -> int:
        """Close a folder."""
        return self.release(path, fh)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Read."""
        self._powered()
        return bytes(self._file(path, fh).now[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        """Write, into memory."""
        self._writing("write", path)
        self._disk.write(self._file(path, fh), offset, data)
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        """Give a file another length."""
        self._writing("truncate", path)
        self._disk.cut_to(self._file(path, fh), length)
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        """Flush a file."""
        self._writing("fsync", path)
        self._disk.flush(self._node(path, fh))
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        """Flush a folder's names."""
        return self.fsync(path, datasync, fh)

    def unlink(self, path: str) -> int:
        """Take a file's name away."""
        self._writing("unlink", path)
        self._disk.remove(path)
        return 0

    def rmdir(self, path: str) -> int:
        """Take a folder away."""
        return self.unlink(path)

    def mkdir(self, path: str, mode: int) -> int:
        """Make a folder."""
        self._writing("mkdir", path)
        self._disk.make(path, mode & 0o7777, folder=True)
        return 0

    def rename(self, old: str, new: str) -> int:
        """Move a name."""
        self._writing("rename", old)
        self._disk.rename(old, new)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        """Change who may read."""
        self._powered()
        self._disk.find(path).mode = mode & 0o7777
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        """Keep no times."""
        return 0

    def _powered(self) -> None:
        if self.out:
            raise OSError(errno.EIO, "no power")

    def _writing(self, call: str, path: str) -> None:
        self._powered()
        if self._left == 0:
            self.out = True
            sys.stdout.write(f"{call} {path[1:]}\n")
            sys.stdout.flush()
            self._powered()
        self._left -= 1

    def _opened(self, node: Node) -> int:
        handle = max(self._open, default=0) + 1
        self._open[handle] = node
        return handle

    def _node(self, path: str, fh: int | None) -> Node:
        return self._open[fh] if fh is not None and fh in self._open else self._disk.find(path)

    def _file(self, path: str, fh: int | None) -> File:
        node = self._node(path, fh)
        if not isinstance(node, File):
            raise OSError(errno.EISDIR, path)
        return node


def why_not() -> str | None:
    """Return why nothing can be mounted here; None where it can."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "no /dev/fuse that this user may use"
    if shutil.which("fusermount3") is None:
        return "no fusermount3: see packages-debian.txt"
    try:
        import mfusepy  # noqa: F401, PLC0415 - raises where libfuse is missing
    except OSError as error:
        return str(error)
    return None


@contextmanager
def mounted(folder: Path, at: Path, cut: Cut) -> Iterator["subprocess.Popen[str]"]:
    """Mount; give the process, which prints the call that found no power, and its path.

    Afterwards ``folder`` holds what is left.
    Whoever has files open there must have ended before the block does.
    """
    command = [sys.executable, "-m", "tests.crash.losing.mount", str(folder), str(at)]
    command += ["--calls", str(cut.calls), "--loss", cut.loss, "--seed", cut.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            end = time.monotonic() + _READY_S
            while not os.path.ismount(at):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("the forgetful disk could not be mounted")
                time.sleep(0.005)  # noqa: TID251 - the kernel tells nobody
            yield process
            process.terminate()  # libfuse unmounts
            if process.wait(_READY_S) != 0:
                raise RuntimeError("the forgetful disk failed")
        finally:
            if process.poll() is None:
                process.kill()
            if os.path.ismount(at):
                subprocess.run(["fusermount3", "-u", "-z", str(at)], check=True)


def main() -> None:
    """Serve until unmounted."""
    import mfusepy  # noqa: PLC0415 - warns and fails at import where libfuse is missing

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("at", type=Path)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--loss", type=Loss, required=True)
    parser.add_argument("--seed", required=True)
    asked = parser.parse_args()
    disk = Forgetful(asked.folder)
    operations = Operations(disk, asked.calls)
    mfusepy.FUSE(operations, str(asked.at), foreground=True, nothreads=True, use_ino=True, hard_remove=True)
    disk.save(asked.folder, asked.loss, random.Random(asked.seed))  # noqa: S311 - to be repeated


if __name__ == "__main__":
    main()
