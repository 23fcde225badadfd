"""The release image in an emulated machine: it comes up by itself, and does not when something is wrong with it."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import pytest

from tests.image.machine import Disk, Machine
from tests.image.partitions import luks_tokens, partitions
from tests.image.pictures import difference

ROOT = Path(__file__).parents[2]
LONG_S: Final = 1500.0  # for a start on an emulated processor
ALIKE: Final = 8.0  # of 255; another screen of the gallery is 15 and more away
_STARTED: Final = "BdsDxe: starting"
_A_SLOT: Final = re.compile(r"bianmin_[0-9.]+")


@pytest.fixture(scope="module")
def welcome(kept: Path) -> Path:
    """Give the application's own drawing of the screen that a terminal begins with."""
    folder = kept / "gallery"
    subprocess.run(
        [sys.executable, "-m", "screens.gallery", folder, "--only", "set-up-welcome", "--variant", "zh-1"],
        check=True,
        cwd=ROOT,
    )
    return folder / "set-up-welcome_zh-1.png"


@pytest.fixture(scope="module")
def terminal(image: Path, kept: Path, welcome: Path, report: dict[str, str]) -> Disk:
    """Give a disk that was flashed, and started once: keys enrolled, data partition made, first screen shown."""
    disk = Disk(kept / "terminal", image)
    with Machine(disk) as machine:
        machine.until(lambda: machine.serial.count(_STARTED) >= 1, LONG_S, "the firmware starts nothing")
        report["first start: firmware"] = f"{machine.seconds:.0f} s"
        machine.until(lambda: machine.serial.count(_STARTED) >= 2, LONG_S, "the keys were not enrolled")
        report["first start: Secure Boot keys enrolled, started again"] = f"{machine.seconds:.0f} s"
        _wait_for(machine, welcome)
        report["first start: screen"] = f"{machine.seconds:.0f} s"
        machine.look("first-start")
        machine.qmp.ask("system_powerdown")
        machine.until(lambda: not machine.runs, LONG_S, "it does not switch itself off")
    return disk


def _wait_for(machine: Machine, welcome: Path) -> None:
    machine.until(lambda: difference(machine.look("now"), welcome) < ALIKE, LONG_S, "no first screen")


def test_it_starts_to_its_screen(terminal: Disk, welcome: Path, report: dict[str, str]) -> None:
    """With power, and nothing else, a terminal that was started before shows its screen again."""
    with Machine(terminal) as machine:
        machine.until(lambda: _STARTED in machine.serial, LONG_S, "the firmware starts nothing")
        report["start: firmware"] = f"{machine.seconds:.0f} s"
        _wait_for(machine, welcome)
        report["start: screen"] = f"{machine.seconds:.0f} s"
        machine.look("start")


def test_the_data_is_encrypted_for_this_machine(terminal: Disk) -> None:
    """The data partition opens with the TPM's key, bound to Secure Boot's state, and with the recovery key alone."""
    (data,) = partitions(terminal.file)["bianmin-data"]
    tokens = luks_tokens(terminal.file, data)
    assert set(tokens) == {"systemd-tpm2", "systemd-recovery"}
    assert tokens["systemd-tpm2"]["tpm2-pcrs"] == [7]


def test_another_tpm_does_not_open_the_data(terminal: Disk, kept: Path, welcome: Path, report: dict[str, str]) -> None:
    """A disk that was moved to another machine asks for the recovery key, and shows nothing of the terminal."""
    moved = terminal.copy(kept / "moved")
    moved.new_tpm()
    with Machine(moved) as machine:
        machine.until(lambda: _STARTED in machine.serial, LONG_S, "the firmware starts nothing")
        _never(machine, welcome)
        machine.look("another-tpm")
    report["disk in another machine"] = "asks for the recovery key"


def test_a_changed_root_does_not_start(terminal: Disk, kept: Path, welcome: Path, report: dict[str, str]) -> None:
    """One changed block of the root, and the terminal starts over instead of going on."""
    changed = terminal.copy(kept / "changed")
    (root,) = (one for label, (one, *_) in partitions(changed.file).items() if _A_SLOT.fullmatch(label))
    with changed.file.open("r+b") as file:
        file.seek(root.offset + 1024 + 80)  # in erofs's superblock, the volume's name
        file.write(b"X")
    with Machine(changed) as machine:
        machine.until(lambda: machine.serial.count(_STARTED) >= 2, LONG_S, "it did not start over")
        assert difference(machine.look("changed-root"), welcome) > ALIKE
    report["root changed by one byte"] = "starts over, never up"


def test_a_pulled_plug_does_no_harm(terminal: Disk, kept: Path, welcome: Path, report: dict[str, str]) -> None:
    """Power that goes in the middle of a start, three times at other moments, keeps the terminal from nothing."""
    pulled = terminal.copy(kept / "pulled")
    for seconds in (20, 45, 70):
        with Machine(pulled) as machine:
            machine.until(lambda: _STARTED in machine.serial, LONG_S, "the firmware starts nothing")
            threading.Event().wait(seconds)
    with Machine(pulled) as machine:
        _wait_for(machine, welcome)
    report["plug pulled during three starts"] = "starts"


def _never(machine: Machine, welcome: Path) -> None:
    """See that the screen stays away, for longer than it takes to come."""
    end = machine.seconds + float(os.environ.get("BIANMIN_PATIENCE_S", "600"))
    while machine.seconds < end:
        assert difference(machine.look("now"), welcome) > ALIKE, "the screen came"
        threading.Event().wait(5)
