"""The release image in an emulated machine: it comes up by itself, and does not when something is wrong with it."""

import os
import re
import threading
from pathlib import Path
from typing import Final

from tests.image.machine import Disk, Machine
from tests.image.partitions import luks_tokens, partitions
from tests.image.starting import LONG_S, shows, starts

_A_SLOT: Final = re.compile(r"bianmin_[0-9.]+")


def test_it_starts_to_its_screen(terminal: Disk, welcome: Path, report: dict[str, str]) -> None:
    """With power, and nothing else, a terminal that was started before shows its screen again."""
    with Machine(terminal) as machine:
        machine.until(lambda: starts(machine) == 1, LONG_S, "the firmware starts nothing")
        report["start: firmware"] = f"{machine.seconds:.0f} s"
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
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
        machine.until(lambda: starts(machine) == 1, LONG_S, "the firmware starts nothing")
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
        machine.until(lambda: starts(machine) > 1, LONG_S, "it did not start over")
        machine.look("changed-root")
        assert not shows(machine, welcome)
    report["root changed by one byte"] = "starts over, never up"


def test_a_pulled_plug_does_no_harm(terminal: Disk, kept: Path, welcome: Path, report: dict[str, str]) -> None:
    """Power that goes in the middle of a start, three times at other moments, keeps the terminal from nothing."""
    pulled = terminal.copy(kept / "pulled")
    for seconds in (20, 45, 70):
        with Machine(pulled) as machine:
            machine.until(lambda: starts(machine) == 1, LONG_S, "the firmware starts nothing")
            threading.Event().wait(seconds)
    with Machine(pulled) as machine:
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
    report["plug pulled during three starts"] = "starts"


def _never(machine: Machine, welcome: Path) -> None:
    """See that the screen stays away, for longer than it takes to come."""
    end = machine.seconds + float(os.environ.get("BIANMIN_PATIENCE_S", "600"))
    while machine.seconds < end:
        assert not shows(machine, welcome), "the screen came"
        threading.Event().wait(5)
