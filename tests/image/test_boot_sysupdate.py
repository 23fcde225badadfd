"""An enrolled terminal's update, by the real path: the centre's offer, the line, systemd-sysupdate, the next start.

A line that may bear 250 kB a second carries a whole release in two hours. So a technician brings most of it on a stick
whose copy was cut short; what is missing comes from the centre, in the hours in which an update may be installed.
"""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile, rmtree
from typing import Final

import pytest

from demo.terminal import TECHNICIAN_PIN
from image_build import release
from tests.image import esp
from tests.image.enrolled import KEYS, NAME, Around
from tests.image.hardware import Terminal
from tests.image.machine import Disk
from tests.image.starting import LONG_S, starts
from tests.image.stick import stick
from tests.image.twin import Pair, Twin

_EMBLEM: Final = (70.0, 110.0)  # px from the left and top
_HELD_S: Final = 8.0
_MOUNTED_S: Final = 60.0  # for an emulated processor to find the stick
_BEGIN_HOUR: Final = 18  # UTC; two o'clock in China, when updates may be installed
_SAID: Final = (
    "SELECT s.running, s.phase, s.wanted, s.failure FROM updates_terminalsoftware s"
    " JOIN fleet_terminal t ON t.code = s.terminal_id WHERE t.name = ?"
)
_UPDATE_S: Final = 2 * LONG_S


def _at_night(days: int) -> tuple[str, ...]:
    """Return how QEMU sets the machine's clock to the beginning of the hours for updates, so many days from now."""
    night = datetime.now(UTC).replace(hour=_BEGIN_HOUR, minute=1, second=0) + timedelta(days=days)
    return ("-rtc", f"base={night:%Y-%m-%dT%H:%M:%S}")


def _built(image: Path, later: int) -> tuple[str, dict[str, Path]]:
    """Return the version that is so many after the image's, and its parts: `make image-test` builds them."""
    version = f"{image.stem.removeprefix('bianmin_')}.{later}"
    names = {"efi": "efi", "root": "root.raw", "verity": "verity.raw"}
    return version, {part: image.parent / f"bianmin_{version}.{name}" for part, name in names.items()}


def _offered(around: Around, version: str, parts: dict[str, Path]) -> Path:
    """Make a release, let the centre offer it to the terminal, and return a stick with the beginning of it."""
    folder = around.kept / f"release-{version}"
    rmtree(folder, ignore_errors=True)
    release.make(
        folder,
        version,
        parts,
        key=release.read_key(KEYS / "release.key"),
        gpg_key=KEYS / "gpg.key",
        made_at=datetime.now(UTC),
    )
    ((code,),) = around.centre.rows("SELECT code FROM fleet_terminal WHERE name = ?", NAME)
    around.centre.command("add-release", str(folder))
    around.centre.command("roll-out", version, "--terminal", str(code))
    return _cut_short(around.kept / f"stick-{version}.raw", folder, version)


def _said(around: Around) -> tuple[object, ...]:
    """Return what the terminal last said of its software: what runs, how far what is wanted is, and what failed."""
    rows = around.centre.rows(_SAID, NAME)
    return rows[0] if rows else ("", "", "", "")


def _cut_short(picture: Path, folder: Path, version: str) -> Path:
    """Make a stick with a release of which the last files are missing."""

    def fill(target: Path) -> None:
        target.mkdir()
        for name in ("manifest.json", "manifest.sig", f"bianmin_{version}.efi", f"bianmin_{version}.root.raw"):
            copyfile(folder / name, target / name)

    return stick(picture, fill)


def _bring(machine: Terminal, pair: Pair, twin: Twin, picture: Path) -> None:
    """Take the stick at the technician's screen, as far as it goes."""
    machine.be_patient()
    pair.shows(view="Attract", within_s=LONG_S)
    pair.hold(*_EMBLEM, _HELD_S)
    pair.shows(view="EnterDigits")
    pair.enter(TECHNICIAN_PIN)
    pair.touch("main")
    pair.step("row:update", view="Technician", listing=True)
    pair.shows(text="请插入存有更新的 U 盘")
    machine.plug_stick(picture)
    threading.Event().wait(_MOUNTED_S)
    pair.touch_here("main")
    twin.go_home()


def _updates(machine: Terminal, around: Around, version: str, what: str) -> None:
    """See the rest come by the line, the installation, and the restart into that version."""
    begun = machine.seconds
    machine.until(lambda: _said(around)[2] == version, LONG_S, "the centre does not hear of the release")
    around.report[f"{what}: read from the stick as far as it went"] = f"{machine.seconds - begun:.0f} s"
    machine.until(lambda: starts(machine) > 1, _UPDATE_S, f"not installed: {_said(around)}")
    machine.be_patient()
    around.report[f"{what}: the rest fetched, all proven and installed"] = f"{machine.seconds - begun:.0f} s"


@pytest.mark.timeout(4 * 3600)
def test_a_broken_version_is_given_up(enrolled: Disk, image: Path, around: Around) -> None:
    """A release whose root is damaged is installed, tried, and left for the former one; the centre hears of it."""
    version, parts = _built(image, 1)
    damaged = around.kept / "damaged.root.raw"
    copyfile(parts["root"], damaged)
    with damaged.open("r+b") as file:
        file.seek(1024 + 80)  # in erofs's superblock, the volume's name
        file.write(b"X")
    picture = _offered(around, version, {**parts, "root": damaged})
    with Terminal(enrolled, more=_at_night(1)) as machine:
        pair = Pair(machine, around.twin)
        _bring(machine, pair, around.twin, picture)
        _updates(machine, around, version, "broken update")
        pair.shows(view="Attract", within_s=_UPDATE_S)
        around.report["broken update: screen of the former version"] = f"{machine.seconds:.0f} s after power on"
        machine.until(lambda: _said(around)[1] == "given_up", _UPDATE_S, "the centre does not hear of it")
        former = image.stem.removeprefix("bianmin_")
        assert _said(around) == (former, "given_up", version, "update.fell_back")
        around.report["broken update: the centre knows that it was given up"] = f"{machine.seconds:.0f} s"


@pytest.mark.timeout(4 * 3600)
def test_the_next_version_comes_to_stay(enrolled: Disk, image: Path, around: Around) -> None:
    """Offered, fetched, verified, installed, started, found good; the centre hears the new version."""
    version, parts = _built(image, 2)
    picture = _offered(around, version, parts)
    with Terminal(enrolled, more=_at_night(2)) as machine:
        pair = Pair(machine, around.twin)
        _bring(machine, pair, around.twin, picture)
        _updates(machine, around, version, "update")
        pair.shows(view="Attract", within_s=LONG_S)
        good = f"bianmin_{version}.efi"
        machine.until(lambda: good in esp.entries(enrolled.file), LONG_S, "the new version is not kept")
        around.report["update: started, and found good"] = f"{machine.seconds:.0f} s after power on"
        machine.until(lambda: _said(around)[0] == version, _UPDATE_S, "the centre does not hear of the new version")
        around.report["update: the centre knows"] = f"{machine.seconds:.0f} s after power on"
        assert starts(machine) == 2, "one start, one restart"
