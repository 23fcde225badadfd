"""The release image in an emulated machine: it comes up by itself, and does not when something is wrong with it."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import pytest

from tests.image.machine import Disk, Machine
from tests.image.pictures import difference

ROOT = Path(__file__).parents[2]
LONG_S: Final = 1500.0  # for a start on an emulated processor
ALIKE: Final = 8.0  # of 255; another screen of the gallery is 15 and more away
_STARTED = "BdsDxe: starting"


@pytest.fixture(scope="module")
def attract(kept: Path) -> Path:
    """Give the application's own drawing of its attract screen."""
    folder = kept / "gallery"
    subprocess.run(
        [sys.executable, "-m", "screens.gallery", folder, "--only", "attract", "--variant", "zh-1"],
        check=True,
        cwd=ROOT,
    )
    return folder / "attract_zh-1.png"


@pytest.fixture(scope="module")
def terminal(image: Path, kept: Path, attract: Path, report: dict[str, str]) -> Disk:
    """Give a disk that was flashed, and started once: keys enrolled, data partition made, attract screen shown."""
    disk = Disk(kept / "terminal", image)
    with Machine(disk) as machine:
        machine.until(lambda: machine.serial.count(_STARTED) >= 1, LONG_S, "the firmware starts nothing")
        report["first start: firmware"] = f"{machine.seconds:.0f} s"
        machine.until(lambda: machine.serial.count(_STARTED) >= 2, LONG_S, "the keys were not enrolled")
        report["first start: Secure Boot keys enrolled, started again"] = f"{machine.seconds:.0f} s"
        _wait_for(machine, attract)
        report["first start: attract screen"] = f"{machine.seconds:.0f} s"
        machine.look("first-start")
        machine.qmp.ask("system_powerdown")
        machine.until(lambda: not machine.runs, LONG_S, "it does not switch itself off")
    return disk


def _wait_for(machine: Machine, attract: Path) -> None:
    machine.until(lambda: difference(machine.look("now"), attract) < ALIKE, LONG_S, "no attract screen")


def _luks(disk: Disk) -> dict[str, object]:
    """Return the header of the data partition, LUKS2's JSON, from the raw disk."""
    table = json.loads(subprocess.run(["sfdisk", "--json", disk.file], check=True, capture_output=True).stdout)
    data = next(one for one in table["partitiontable"]["partitions"] if one.get("name") == "bianmin-data")
    with disk.file.open("rb") as file:
        file.seek(data["start"] * 512)
        header = file.read(16384)
    assert header.startswith(b"LUKS\xba\xbe\x00\x02")
    return dict(json.loads(header[4096:].split(b"\0")[0]))


def test_it_starts_to_the_attract_screen(terminal: Disk, attract: Path, report: dict[str, str]) -> None:
    """With power, and nothing else, a terminal that was started before shows its attract screen again."""
    with Machine(terminal) as machine:
        machine.until(lambda: _STARTED in machine.serial, LONG_S, "the firmware starts nothing")
        report["start: firmware"] = f"{machine.seconds:.0f} s"
        _wait_for(machine, attract)
        report["start: attract screen"] = f"{machine.seconds:.0f} s"
        machine.look("attract")


def test_the_data_is_encrypted_for_this_machine(terminal: Disk) -> None:
    """The data partition opens with the TPM's key, bound to Secure Boot's state, and with the recovery key alone."""
    tokens = _luks(terminal)["tokens"]
    assert isinstance(tokens, dict)
    kinds = {token["type"]: token for token in tokens.values()}
    assert set(kinds) == {"systemd-tpm2", "systemd-recovery"}
    assert kinds["systemd-tpm2"]["tpm2-pcrs"] == [7]


def test_another_tpm_does_not_open_the_data(terminal: Disk, kept: Path, attract: Path, report: dict[str, str]) -> None:
    """A disk that was moved to another machine asks for the recovery key, and shows nothing of the terminal."""
    moved = terminal.copy(kept / "moved")
    moved.new_tpm()
    with Machine(moved) as machine:
        machine.until(lambda: _STARTED in machine.serial, LONG_S, "the firmware starts nothing")
        _never(machine, attract)
        machine.look("another-tpm")
    report["disk in another machine"] = "asks for the recovery key"


def test_a_changed_root_does_not_start(terminal: Disk, kept: Path, attract: Path, report: dict[str, str]) -> None:
    """One changed block of the root, and the terminal starts over instead of going on."""
    changed = terminal.copy(kept / "changed")
    table = json.loads(subprocess.run(["sfdisk", "--json", changed.file], check=True, capture_output=True).stdout)
    root = next(
        one for one in table["partitiontable"]["partitions"] if re.fullmatch(r"bianmin_[0-9.]+", one.get("name", ""))
    )
    with changed.file.open("r+b") as file:
        file.seek(root["start"] * 512 + 1024 + 80)  # in erofs's superblock, the volume's name
        file.write(b"X")
    with Machine(changed) as machine:
        machine.until(lambda: machine.serial.count(_STARTED) >= 2, LONG_S, "it did not start over")
        assert difference(machine.look("changed-root"), attract) > ALIKE
    report["root changed by one byte"] = "starts over, never up"


def test_a_pulled_plug_does_no_harm(terminal: Disk, kept: Path, attract: Path, report: dict[str, str]) -> None:
    """Power that goes in the middle of a start, three times at other moments, keeps the terminal from nothing."""
    pulled = terminal.copy(kept / "pulled")
    for seconds in (20, 45, 70):
        with Machine(pulled) as machine:
            machine.until(lambda: _STARTED in machine.serial, LONG_S, "the firmware starts nothing")
            threading.Event().wait(seconds)
    with Machine(pulled) as machine:
        _wait_for(machine, attract)
    report["plug pulled during three starts"] = "starts"


def _never(machine: Machine, attract: Path) -> None:
    """See that the attract screen stays away, for longer than it takes to come."""
    end = machine.seconds + float(os.environ.get("BIANMIN_PATIENCE_S", "600"))
    while machine.seconds < end:
        assert difference(machine.look("now"), attract) > ALIKE, "the attract screen came"
        threading.Event().wait(5)
