"""One run of the guest: QEMU, a disk whose every write and flush is logged, and what the guest told when.

Software emulation (TCG): QEMU's own block layer is the disk, so what is emulated is the medium and its cache alone.
"""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.crash.losing.alone import be_enrolled
from tests.crash.losing.work import Told
from tests.crash.powercut.initramfs import initramfs, interpreter, search_path
from tests.crash.powercut.kernel import kernel

DISK_MB = 48
_MEMORY_MB = 512
_PROJECT = Path(__file__).parents[3]
_FETCHED = _PROJECT / "build" / "powercut"


class GuestFailed(Exception):
    """The guest did not do its work. The text ends with what its console said."""


@dataclass(frozen=True, slots=True)
class Recording:
    """``fresh``: the disk before; ``log``: what was done to it; ``told``: byte of the log, and what was told then."""

    fresh: Path
    log: Path
    told: list[tuple[int, Told]]


def record(folder: Path, rounds: int, careless: str = "") -> Recording:
    """Let the guest work for so many rounds. Raises :class:`GuestFailed`."""
    core = kernel(_FETCHED)
    fresh, disk, log, root = (folder / name for name in ("fresh.img", "disk.img", "writes.log", "root.cpio"))
    root.write_bytes(initramfs(core.modules, _PROJECT))
    _make_disk(fresh)
    disk.write_bytes(fresh.read_bytes())
    log.touch()
    console = folder / "console"
    words = f"{interpreter()} -- -m tests.crash.powercut.guest {rounds} {careless}".strip()
    command = ["qemu-system-x86_64", "-accel", "tcg", "-machine", "q35", "-cpu", "max", "-m", str(_MEMORY_MB)]
    command += ["-display", "none", "-nodefaults", "-no-reboot", "-kernel", str(core.image), "-initrd", str(root)]
    command += ["-append", f"console=ttyS0 quiet panic=-1 PYTHONPATH={search_path(_PROJECT)} rdinit={words}"]
    command += ["-serial", f"file:{console}", "-serial", "stdio"]
    command += ["-blockdev", f"driver=file,filename={disk},node-name=disk"]
    command += ["-blockdev", f"driver=file,filename={log},node-name=log"]
    command += ["-blockdev", "driver=blklogwrites,node-name=logged,file=disk,log=log,log-sector-size=512"]
    command += ["-device", "virtio-blk-pci,drive=logged"]
    told: list[tuple[int, Told]] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as machine:
        assert machine.stdin is not None
        assert machine.stdout is not None
        for line in machine.stdout:
            told.append((log.stat().st_size, json.loads(line)))  # the guest waits: nothing is written meanwhile for it
            machine.stdin.write(b"\n")
            machine.stdin.flush()
    if len(told) != rounds:
        raise GuestFailed(f"{len(told)} of {rounds} rounds\n{console.read_text(errors='replace')[-3000:]}")
    return Recording(fresh, log, told)


def _make_disk(path: Path) -> None:
    """Make a file system with an enrolled terminal on it, as after the first start."""
    with tempfile.TemporaryDirectory() as content:
        be_enrolled(Path(content) / "bianmin")
        path.touch()
        command = ["mkfs.ext4", "-q", "-E", "root_owner=0:0", "-d", content, str(path), f"{DISK_MB}M"]
        subprocess.run(command, check=True, capture_output=True)
