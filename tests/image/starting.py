"""What the tests of starts share: how often a machine has started, and what its screen shows."""

import re
from pathlib import Path
from typing import Final

from tests.image.machine import Machine
from tests.image.pictures import difference

LONG_S: Final = 1500.0  # for a start on an emulated processor
ALIKE: Final = 8.0  # of 255; another screen of the gallery is 15 and more away
_STARTED: Final = re.compile(r"BdsDxe: starting [^\n]* from PciRoot")  # from a disk; its own menu comes from Fv


def starts(machine: Machine) -> int:
    """Return how often the firmware has started something from a disk, since there is power."""
    return len(_STARTED.findall(machine.serial))


def shows(machine: Machine, expected: Path) -> bool:
    """Return whether the screen shows what a picture shows, a clock or a caret aside."""
    return difference(machine.glance(), expected) < ALIKE


def newer_than(image: Path) -> tuple[str, Path]:
    """Return the version after the image's, and the folder of its parts: `make image-test` builds it, and one more."""
    folder = image.parent
    older, version, *_ = sorted(path.stem.removeprefix("bianmin_") for path in folder.glob("bianmin_*.efi"))
    assert image.stem == f"bianmin_{older}"
    return version, folder
