"""A machine that is booted for a test: this very system's files under an overlay, our units installed, in a container.

PID 1 is a real systemd (systemd-nspawn). Nothing of the host is written: the overlay's upper layer is in memory, and
mounts and control groups are gone when the machine is. What needs a kernel of its own is tested in `tests/image`.
"""

import contextlib
import os
import pty
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
HANG_S = 60.0
_INSIDE = "/usr/lib/bianmin-tree"  # of the repository, read-only
# Other tests tell this process where their own servers are; nothing of that is known inside.
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}

_PREPARE = """
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 machine "$0"
mkdir "$0/upper" "$0/work" "$0/root" "$0/cgroup"
mount -t overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" overlay "$0/root"
chmod -R go=rX "$1" # whatever umask wrote it
cp -a "$1/." "$0/root/"
chown 0:0 "$0/root" "$0/root/etc" "$0/root/usr" "$0/root/var"
mount -t cgroup2 cgroup2 "$0/cgroup"
mkdir "$0/cgroup/$2"
echo $$ >"$0/cgroup/$2/cgroup.procs"
mount --move "$0/cgroup" /sys/fs/cgroup
mount -t tmpfs tmpfs /run
shift 2
exec systemd-nspawn --quiet --register=no --keep-unit --timezone=off --resolv-conf=off --link-journal=no \
  --private-network --bind-ro="$1:$2" -D "$0/root" --boot "systemd.unit=$3" \
  systemd.show_status=no systemd.log_target=journal
"""


class Machine:
    """One boot. ``files``: what else is in the tree, by path; a target is a symlink where the content is a Path."""

    def __init__(self, folder: Path, unit: str, files: Mapping[str, str | bytes | Path]) -> None:
        self._folder = folder / "machine"
        self._tree = folder / "tree"
        self._unit = unit
        self._cgroup = f"bianmin-test-{os.getpid()}-{time.monotonic_ns()}"
        self._console = bytearray()
        self._folder.mkdir()
        subprocess.run([ROOT / "systemd" / "install", self._tree], check=True)
        for name, content in files.items():
            self._put(name, content)
        self._init = 0

    def _put(self, name: str, content: str | bytes | Path) -> None:
        path = self._tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case Path():
                path.symlink_to(content)
            case bytes():
                path.write_bytes(content)
            case str():
                path.write_text(content, encoding="utf-8")
                path.chmod(0o755 if content.startswith("#!") else 0o644)

    def __enter__(self) -> Self:
        ours, theirs = pty.openpty()
        arguments = (self._folder, self._tree, self._cgroup, ROOT, _INSIDE, self._unit)
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", "-c", _PREPARE, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reading = threading.Thread(target=self._read, args=(ours,), daemon=True)
        self._reading.start()
        try:
            self.until(self._find_init, "the container has no init")
            self.until(self._booted, "systemd does not answer")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()  # and with it, by the kernel, everything inside
        self._process.wait()
        self._reading.join(10)
        self._leave_cgroup()
        shutil.rmtree(self._tree)

    def run(self, *command: str, check: bool = True, user: str | None = None) -> str:
        """Run a command inside, and return what it prints. ``check``: raise when it fails."""
        group = "nogroup" if user == "nobody" else user
        as_user = [] if user is None else ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups"]
        entered = ["nsenter", f"--target={self._init}", "--all", *as_user, *command]
        done = subprocess.run(entered, capture_output=True, text=True, timeout=HANG_S, check=False, env=_ENVIRONMENT)
        if check and done.returncode:
            said = f"{done.stdout}{done.stderr}{self._last_words()}"
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}: {said}")
        return done.stdout

    def asked(self, unit: str, name: str) -> str:
        """Return what systemd knows of a unit."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def journal(self, unit: str) -> str:
        """Return what a unit, and systemd about it, has said so far."""
        self.run("journalctl", "--sync")
        return self.run("journalctl", "--no-pager", "--output=cat", f"--unit={unit}", check=False)

    @property
    def console(self) -> str:
        """What stands on the console."""
        return self._console.decode(errors="replace")

    def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Wait for something; AssertionError with what the console shows when it does not come."""
        end = time.monotonic() + HANG_S
        while not condition():
            assert self._process.poll() is None, f"the machine ended: {self.console[-3000:]}"
            assert time.monotonic() < end, f"{otherwise}: {self.console[-1000:]}{self._last_words()}"
            threading.Event().wait(0.05)

    def _last_words(self) -> str:
        return (
            self.run("journalctl", "--no-pager", "--output=short-unix", "--lines=60", check=False) if self._init else ""
        )

    def _read(self, descriptor: int) -> None:
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while data := os.read(descriptor, 4096):
                self._console += data
        os.close(descriptor)

    def _find_init(self) -> bool:
        nspawn = self._process.pid
        children = Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()
        for child in children:
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                self._init = int(child)
        return self._init != 0

    def _booted(self) -> bool:
        return self.run("systemctl", "is-system-running", check=False).strip() in {"running", "degraded", "starting"}

    def _leave_cgroup(self) -> None:
        """Remove the control groups that the machine leaves behind."""
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, at, kind, *_ = line.split()
            top = Path(at) / self._cgroup
            if kind == "cgroup2" and top.is_dir():
                (top / "cgroup.kill").write_text("1")
                for folder, _, _ in os.walk(top, topdown=False):
                    _remove_when_empty(Path(folder))


def _remove_when_empty(group: Path) -> None:
    """Remove a control group; what was killed in it may take a moment to be gone."""
    end = time.monotonic() + HANG_S
    while True:
        try:
            group.rmdir()
        except OSError:
            if time.monotonic() > end:
                raise
            threading.Event().wait(0.02)
        else:
            return
