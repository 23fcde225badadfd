"""The release image seen from inside, by a shell that only a firmware without Secure Boot lets in: a day of its life.

It starts for the first time, forgets everything (factory reset), starts as on every day, takes an update from a stick,
and loses its power while systemd-sysupdate writes and while the new version starts for the first time.
"""

import os
import re
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from image_build.release import make, read_key
from tests.image import esp
from tests.image.machine import Disk, Machine
from tests.image.partitions import luks_keys, luks_uuid, partitions
from tests.image.report import Report
from tests.image.starting import LONG_S, newer_than, shows, starts
from tests.image.stick import stick

KEYS: Final = Path(__file__).parents[2] / "build/keys"
_UP: Final = "systemctl is-active --quiet bianmin-kiosk.service"
_SETTLED_S: Final = 1800.0
_AGENT: Final = "setpriv --reuid=bianmin --regid=bianmin --init-groups bianmin update"
_BY_STICK: Final = f"{_AGENT} from-stick --now /media/bianmin-update"


@pytest.fixture(scope="module")
def opened(image: Path, kept: Path) -> Disk:
    """Give a disk that was flashed, for a machine without Secure Boot; or go on with the one that was."""
    if os.environ.get("BIANMIN_IMAGE_GO_ON") == "1" and (kept / "opened/disk.raw").exists():
        return Disk(kept / "opened")
    disk = Disk(kept / "opened", image)
    esp.without_keys(disk.file)
    return disk


@pytest.fixture(scope="module")
def update(image: Path, kept: Path) -> tuple[str, Path]:
    """Give a signed release of the version after the image's on a stick: the version, and the stick's picture."""
    version, folder = newer_than(image)
    parts = {
        "efi": folder / f"bianmin_{version}.efi",
        "root": folder / f"bianmin_{version}.root.raw",
        "verity": folder / f"bianmin_{version}.verity.raw",
    }
    return version, stick(
        kept / "stick.img",
        lambda release: make(
            release,
            version,
            parts,
            key=read_key(KEYS / "release.key"),
            gpg_key=KEYS / "gpg.key",
            made_at=datetime.now(UTC),
        ),
    )


def _inside(disk: Disk, stick: Path | None = None) -> Machine:
    more = ()
    if stick is not None:
        more = ("-drive", f"if=none,id=stick,format=raw,file={stick},readonly=on")
        more += ("-device", "usb-storage,bus=usb.0,drive=stick,removable=on")
    return Machine(disk, secure_boot=False, opened=True, more=more)


def _until_up(machine: Machine) -> None:
    machine.shell.wait(LONG_S)
    machine.shell(f"until {_UP}; do sleep 2; done", LONG_S)


def test_the_first_start_and_the_factory_reset(opened: Disk, welcome: Path, report: Report) -> None:
    """No unit fails. After a reset no key opens the old data, and the terminal starts as out of the box."""
    with _inside(opened) as machine:
        _until_up(machine)
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
        _stages(machine, report)
        listening = [line.split()[4] for line in machine.shell("ss -Hlntu").splitlines()]
        assert [at for at in listening if not at.startswith(("127.", "[::1]"))] == []
        report["inside: sockets that listen beyond the machine itself"] = "none"
        machine.shell("echo secret >/var/lib/bianmin/secret; sync")
        (data,) = partitions(opened.file)["bianmin-data"]
        before = luks_uuid(opened.file, data)
        machine.shell.send("touch /var/lib/bianmin/factory-reset-wanted")
        machine.until(lambda: starts(machine) == 2, LONG_S, "it does not start again")
        assert luks_keys(opened.file, data) == 0, "a key is left that opens the old data"
        _until_up(machine)
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen after the reset")
        (data,) = partitions(opened.file)["bianmin-data"]
        assert luks_uuid(opened.file, data) != before
        machine.shell("test ! -e /var/lib/bianmin/secret && test ! -e /var/lib/bianmin/factory-reset-wanted")
        machine.look("after-the-reset")
        report["inside: factory reset"] = "no key opens the old data; starts as out of the box"
        state = machine.shell("systemctl is-system-running --wait || true", _SETTLED_S)
        failed = machine.shell("systemctl list-units --failed --plain --no-legend --no-pager")
        assert (state, failed) == ("running", "")
        report["inside: units that failed"] = "none"
        machine.shell.send("systemctl poweroff")
        machine.until(lambda: not machine.runs, LONG_S, "it does not switch itself off")


def test_a_day_with_an_update(opened: Disk, update: tuple[str, Path], welcome: Path, report: Report) -> None:
    """Power goes while the new version is written, and while it starts first; in the end it runs, and is kept."""
    version, picture = update
    with _inside(opened, picture) as machine:
        _until_up(machine)
        old = _version(machine)
        slot = partitions(opened.file)["_empty"][0]
        assert not _written(opened, slot.offset)
        report["update: taken from a stick, whole and proven"] = f"{_taken(machine):.0f} s"
        machine.until(lambda: _written(opened, slot.offset), LONG_S, "nothing is written into the free slot")
        threading.Event().wait(5)
    assert version not in str(esp.entries(opened.file)), "it was over before the plug was pulled"
    with _inside(opened, picture) as machine:
        _until_up(machine)
        assert _version(machine) == old
        _stages(machine, report)
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
        machine.shell(_BY_STICK, LONG_S)
        begun = machine.seconds
        machine.until(lambda: starts(machine) == 2, LONG_S, "it does not start again after the installation")
        report["update: put into the free slot (systemd-sysupdate), started again"] = f"{machine.seconds - begun:.0f} s"
        threading.Event().wait(40)
    tried = [name for name in esp.entries(opened.file) if version in name]
    assert [re.fullmatch(rf"bianmin_{re.escape(version)}\+2-1\.efi", name) is not None for name in tried] == [True]
    with _inside(opened) as machine:
        _until_up(machine)
        assert _version(machine) == version
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
        machine.until(lambda: f"bianmin_{version}.efi" in esp.entries(opened.file), LONG_S, "the version is not kept")
    report["update: plug pulled while the free slot is written"] = "the old version starts; the update is repeated"
    report["update: plug pulled during the new version's first start"] = "the new version starts, and is kept"


def _version(machine: Machine) -> str:
    return machine.shell('. /etc/os-release; echo "$IMAGE_VERSION"')


def _written(disk: Disk, offset: int) -> bool:
    with disk.file.open("rb") as file:
        file.seek(offset)
        return bool(file.read(1024 * 1024).strip(b"\0"))


def _taken(machine: Machine) -> float:
    """Let the update agent take the release from the stick; return the seconds."""
    machine.shell("until mountpoint -q /media; do sleep 1; done", LONG_S)
    begun = machine.seconds
    machine.shell(_BY_STICK, LONG_S)
    return machine.seconds - begun


def _stages(machine: Machine, report: Report) -> None:
    """Note how long each stage of this start took (systemd's own stamps, in µs), and what is in memory."""
    told = {
        name: int(machine.shell(f"systemctl show -P {name}TimestampMonotonic"))
        for name in ("Firmware", "Loader", "InitRD", "Userspace")
    }
    ready = int(machine.shell("systemctl show -P ActiveEnterTimestampMonotonic bianmin-kiosk.service"))
    for stage, took in (
        ("firmware", told["Firmware"] - told["Loader"]),
        ("boot loader, and the UKI measured and checked", told["Loader"]),
        ("kernel", told["InitRD"]),
        ("initrd: root verified, slot B and data made at a first start", told["Userspace"] - told["InitRD"]),
        ("userspace, until the first screen is drawn", ready - told["Userspace"]),
        ("in all, from the kernel on", ready),
    ):
        if took == 0:  # an emulated processor does not say how fast its counter runs, so the boot loader cannot tell
            continue
        report[f"stages of a start without Secure Boot: {stage}"] = f"{took / 1e6:.1f} s"
    for unit in ("bianmin-kiosk", "bianmin-x"):
        used = machine.shell(f"systemctl show -P MemoryCurrent {unit}.service")
        report[f"memory: of {unit} when the screen comes"] = f"{int(used) // 1024**2} MB"
