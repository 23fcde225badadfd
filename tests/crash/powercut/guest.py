"""The first and only process of the machine whose power is cut: mounts the disk as the appliance does, and works.

Real store, real private files, on a real ext4. Each line on the serial port is something of which somebody was told
that it is kept; the next thing is not begun before the other end has answered.
"""

import ctypes
import json
import os
import random
import sys
import traceback
import tty
from pathlib import Path

MOUNT_OPTIONS = (2, 4, 8)  # MS_NOSUID, MS_NODEV, MS_NOEXEC: as in the image's fstab
_FINIT_MODULE = 313  # x86-64


def main() -> None:
    """Work, for as many rounds as the kernel's command line says."""
    try:
        _start()
        rounds, careless = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
        _work(rounds, careless)
    except BaseException:  # noqa: BLE001 - the only one who could be told is at the other end of the console
        traceback.print_exc()
    os.sync()
    ctypes.CDLL(None).reboot(0x4321FEDC)  # RB_POWER_OFF


def _start() -> None:
    for folder in ("/proc", "/dev", "/tmp", "/var"):  # noqa: S108 - all of this machine is ours
        Path(folder).mkdir(exist_ok=True)
    _mount("proc", "/proc", "proc", 0)
    _mount("dev", "/dev", "devtmpfs", 0)
    system = ctypes.CDLL(None, use_errno=True)
    for module in Path("/modules.order").read_text(encoding="ascii").split():
        with Path(module).open("rb") as file:
            if system.syscall(_FINIT_MODULE, file.fileno(), b"", 0):
                raise OSError(ctypes.get_errno(), module)
    _mount("/dev/vda", "/var", "ext4", sum(MOUNT_OPTIONS))


def _mount(source: str, target: str, kind: str, flags: int) -> None:
    system = ctypes.CDLL(None, use_errno=True)
    if system.mount(source.encode(), target.encode(), kind.encode(), flags, b""):
        raise OSError(ctypes.get_errno(), f"mount {source} on {target}")


def _work(rounds: int, careless: str) -> None:
    from kiosk.store.recovery import open_store  # noqa: PLC0415 - after what it needs is mounted
    from kiosk.sync import enrolment  # noqa: PLC0415
    from tests.crash.losing.alone import WorkAlone  # noqa: PLC0415
    from tests.crash.losing.work import make_careless  # noqa: PLC0415
    from wire.clock import SystemClock  # noqa: PLC0415

    data, clock = Path("/var/bianmin"), SystemClock()
    change = make_careless(careless)
    with (
        Path("/dev/ttyS1").open("r+b", buffering=0) as line,
        open_store(data / "terminal.sqlite3", clock, enrolment.load(data)) as store,
    ):
        tty.setraw(line.fileno())
        change(store)
        work = WorkAlone(data, store, random.Random(0))  # noqa: S311 - to be repeated
        for _ in range(rounds):
            line.write(json.dumps(work.mixed()).encode() + b"\n")
            while line.read(1) != b"\n":
                pass


if __name__ == "__main__":
    main()
