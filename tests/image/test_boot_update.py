"""Two versions on one disk: the newer is tried, kept when it is good, and given up by itself when it is not.

The newer version is put into the free slot from outside, with the labels, the name and the tries that the image's
systemd-sysupdate would give it; how an update gets onto a terminal is tested in tests/end_to_end and tests/appliance.
"""

import shutil
from pathlib import Path

import pytest

from tests.image import esp
from tests.image.machine import Disk, Machine
from tests.image.partitions import put_into_free_slot
from tests.image.report import Report
from tests.image.starting import LONG_S, newer_than, shows, starts

TRIES = 2


@pytest.fixture(scope="module")
def newer(image: Path) -> tuple[str, Path]:
    """Give the version after the image's, and the folder of its parts: `make image-test` builds it."""
    return newer_than(image)


def _updated(disk: Disk, version: str, root: Path, folder: Path) -> None:
    put_into_free_slot(disk.file, version, root, folder / f"bianmin_{version}.verity.raw")
    esp.add(disk.file, folder / f"bianmin_{version}.efi", f"bianmin_{version}+{TRIES}-0.efi")


def test_a_good_version_is_kept(
    terminal: Disk, newer: tuple[str, Path], kept: Path, welcome: Path, report: Report
) -> None:
    """The newer version comes up, with the terminal's data, and is counted no more once it has proved itself."""
    version, folder = newer
    disk = terminal.copy(kept / "updated")
    _updated(disk, version, folder / f"bianmin_{version}.root.raw", folder)
    with Machine(disk) as machine:
        machine.until(lambda: shows(machine, welcome), LONG_S, "the newer version does not come up")
        report["new version in the other slot: screen"] = f"{machine.seconds:.0f} s"
        machine.until(
            lambda: f"bianmin_{version}.efi" in esp.entries(disk.file), LONG_S, "the newer version is not kept"
        )
        assert starts(machine) == 1
    report["new version"] = "kept after bianmin-health"


def test_a_broken_version_is_given_up(
    terminal: Disk, newer: tuple[str, Path], kept: Path, welcome: Path, report: Report
) -> None:
    """A version whose root is not what was built is tried as often as it may be; then the old one is back."""
    version, folder = newer
    broken = kept / "broken.root.raw"
    shutil.copyfile(folder / f"bianmin_{version}.root.raw", broken)
    with broken.open("r+b") as file:
        file.seek(1024 + 80)  # erofs's superblock
        file.write(b"X")
    disk = terminal.copy(kept / "broken")
    _updated(disk, version, broken, folder)
    with Machine(disk) as machine:
        machine.until(lambda: starts(machine) > TRIES, LONG_S, "the broken version was not tried again")
        machine.until(lambda: shows(machine, welcome), LONG_S, "the old version does not come up")
        report[f"broken version: given up after {TRIES} tries, screen of the old one"] = f"{machine.seconds:.0f} s"
        assert f"bianmin_{version}+0-{TRIES}.efi" in esp.entries(disk.file)
