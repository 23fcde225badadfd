"""Boots need an image, QEMU and minutes: only `make image-test` collects them, which says where the image is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.image.enrolled import around, enrolled, recovery_page  # noqa: F401 - fixtures
from tests.image.machine import Disk, Machine
from tests.image.report import Report, identity
from tests.image.starting import LONG_S, shows, starts

ROOT = Path(__file__).parents[2]
IMAGE = os.environ.get("BIANMIN_IMAGE")  # of the profile release; BIANMIN_IMAGE_TESTS: where disks and pictures go
collect_ignore_glob = [] if IMAGE else ["test_boot_*.py"]
if "BIANMIN_IMAGE_ENROLLED" not in os.environ:  # not run to their end yet: they want a host with two cores to spare
    collect_ignore_glob += ["test_boot_enrolled*.py", "test_boot_sysupdate.py"]


@pytest.fixture(scope="session")
def image() -> Path:
    """Give the release image, a raw disk."""
    assert IMAGE
    return Path(IMAGE)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder where disks, pictures and the report stay to be looked at."""
    folder = Path(os.environ.get("BIANMIN_IMAGE_TESTS") or tmp_path_factory.mktemp("image"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def report(kept: Path, image: Path) -> Report:
    """Give what collects the measurements, as they come: `make image-test` makes docs/image-report.md of it."""
    return Report(kept, image)


@pytest.fixture(scope="session")
def welcome(kept: Path) -> Path:
    """Give the application's own drawing of the screen that a terminal begins with."""
    folder = kept / "gallery"
    subprocess.run(
        [sys.executable, "-m", "screens.gallery", folder, "--only", "set-up-welcome", "--variant", "zh-1"],
        check=True,
        cwd=ROOT,
    )
    return folder / "set-up-welcome_zh-1.png"


@pytest.fixture(scope="session")
def terminal(image: Path, kept: Path, welcome: Path, report: Report) -> Disk:
    """Give a disk that was flashed, and started once: keys enrolled, data partition made, first screen shown.

    With ``BIANMIN_IMAGE_GO_ON=1`` in the environment, one that an earlier run left there, when its image is the same.
    """
    complete = kept / "terminal.complete"
    if os.environ.get("BIANMIN_IMAGE_GO_ON") == "1" and complete.exists() and complete.read_text() == identity(image):
        return Disk(kept / "terminal")
    complete.unlink(missing_ok=True)
    disk = Disk(kept / "terminal", image)
    with Machine(disk) as machine:
        machine.until(lambda: starts(machine) == 1, LONG_S, "the firmware starts nothing")
        report["first start: firmware"] = f"{machine.seconds:.0f} s"
        machine.until(lambda: starts(machine) > 1, LONG_S, "the keys were not enrolled")
        report["first start: Secure Boot keys enrolled, started again"] = f"{machine.seconds:.0f} s"
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
        report["first start: screen, slot B and data made"] = f"{machine.seconds:.0f} s"
        machine.look("first-start")
        machine.qmp.ask("system_powerdown")
        machine.until(lambda: not machine.runs, LONG_S, "it does not switch itself off")
    complete.write_text(identity(image))
    return disk
