"""The release image in an emulated machine to which harm is done: it starts without harm, or it does not start."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.image import esp
from tests.image.machine import Disk, Machine
from tests.image.partitions import partitions
from tests.image.pictures import text
from tests.image.report import Report
from tests.image.signing import signed_by_a_stranger, unsigned
from tests.image.starting import LONG_S, shows, starts

_A_SLOT: Final = re.compile(r"bianmin_[0-9.]+")
_REFUSED: Final = re.compile(r"Access Denied|Security Violation|Security policy violation", re.IGNORECASE)
_AFTERWARDS_S: Final = 10.0  # what was refused does not come all the same


def test_another_tpm_does_not_open_the_data(terminal: Disk, kept: Path, report: Report) -> None:
    """A disk that was moved to another machine asks for the recovery key, and shows nothing of the terminal."""
    moved = terminal.copy(kept / "moved")
    moved.new_tpm()
    with Machine(moved) as machine:
        machine.until(
            lambda: "recovery key" in text(machine.glance()), LONG_S, "nobody asks for the recovery key", look_s=10
        )
        machine.look("another-tpm")
        assert starts(machine) == 1
    report["harm: disk in another machine (another TPM)"] = "asks for the recovery key"


def test_a_changed_root_does_not_start(terminal: Disk, kept: Path, welcome: Path, report: Report) -> None:
    """One changed byte of the root, and the terminal starts over instead of going on."""
    changed = terminal.copy(kept / "changed")
    (root,) = (one for label, (one, *_) in partitions(changed.file).items() if _A_SLOT.fullmatch(label))
    with changed.file.open("r+b") as file:
        file.seek(root.offset + 1024 + 80)  # in erofs's superblock, the volume's name
        file.write(b"X")
    with Machine(changed) as machine:
        machine.until(lambda: starts(machine) > 1, LONG_S, "it did not start over")
        machine.look("changed-root")
        assert not shows(machine, welcome)
    report["harm: root changed by one byte"] = "starts over, never up"


def test_a_pulled_plug_does_no_harm(terminal: Disk, kept: Path, welcome: Path, report: Report) -> None:
    """Power that goes in the middle of a start, three times at other moments, keeps the terminal from nothing."""
    pulled = terminal.copy(kept / "pulled")
    for seconds in (20, 45, 70):
        with Machine(pulled) as machine:
            machine.until(lambda: starts(machine) == 1, LONG_S, "the firmware starts nothing")
            threading.Event().wait(seconds)
    with Machine(pulled) as machine:
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
    report["harm: plug pulled during three starts (after 20, 45 and 70 s)"] = "starts"


@pytest.fixture(scope="module")
def strange(terminal: Disk, kept: Path) -> Disk:
    """Give a copy of the terminal, on whose ESP strangers write."""
    return terminal.copy(kept / "strange")


@pytest.mark.parametrize("change", [unsigned, signed_by_a_stranger])
@pytest.mark.parametrize("what", ["boot loader", "kernel"])
def test_what_is_not_signed_does_not_start(
    terminal: Disk, strange: Disk, kept: Path, report: Report, *, what: str, change: Callable[[Path, Path], None]
) -> None:
    """A boot loader is refused by the firmware, a kernel by the boot loader, without a signature or with another's."""
    (name,) = esp.entries(terminal.file)
    path = esp.LOADER if what == "boot loader" else f"/EFI/Linux/{name}"
    own, plain, foreign = kept / "own.efi", kept / "plain.efi", kept / "foreign.efi"
    esp.read(terminal.file, path, own)
    unsigned(own, plain)
    change(own if change is unsigned else plain, foreign)
    esp.write(strange.file, path, foreign)
    with Machine(strange) as machine:
        machine.until(lambda: _REFUSED.search(machine.serial) is not None, LONG_S, f"the {what} is not refused")
        threading.Event().wait(_AFTERWARDS_S)
        machine.look(f"refused-{what.replace(' ', '-')}-{change.__name__}")
        assert starts(machine) == (0 if what == "boot loader" else 1), machine.serial
    esp.write(strange.file, path, own)
    report[f"Secure Boot: {what} {change.__name__.replace('_', ' ')}"] = "refused"


def test_what_was_put_back_starts(strange: Disk, welcome: Path, report: Report) -> None:
    """After all that, with its own files again, the terminal starts, and its TPM opens the data."""
    with Machine(strange) as machine:
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
    report["Secure Boot: the owner's own files put back"] = "starts"
