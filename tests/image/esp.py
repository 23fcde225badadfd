"""The boot loader's entries on a disk, seen and put there from outside (mtools)."""

import subprocess
from pathlib import Path

_FOLDER = "::/EFI/Linux"
LOADER = "/EFI/BOOT/BOOTX64.EFI"  # what firmware starts from a disk that it knows nothing of


def _at(disk: Path) -> str:
    return f"{disk}@@1M"  # the ESP is the first partition


def entries(disk: Path) -> list[str]:
    """Return the names of the UKIs; behind a plus are the tries that are left (Boot Loader Specification)."""
    listing = subprocess.run(["mdir", "-b", "-i", _at(disk), _FOLDER], check=True, capture_output=True, text=True)
    return sorted(line.rsplit("/", 1)[-1] for line in listing.stdout.splitlines() if line.endswith(".efi"))


def add(disk: Path, uki: Path, name: str) -> None:
    """Put a UKI there."""
    subprocess.run(["mcopy", "-i", _at(disk), uki, f"{_FOLDER}/{name}"], check=True)


def read(disk: Path, path: str, to: Path) -> None:
    """Copy a file out of it."""
    subprocess.run(["mcopy", "-n", "-o", "-i", _at(disk), f"::{path}", to], check=True)


def write(disk: Path, path: str, content: Path) -> None:
    """Put a file there, in the place of one of this name."""
    subprocess.run(["mcopy", "-o", "-i", _at(disk), content, f"::{path}"], check=True)


def without_keys(disk: Path) -> None:
    """Take the keys away that the boot loader would enrol: Secure Boot stays off, in whatever firmware."""
    subprocess.run(["mdeltree", "-i", _at(disk), "::/loader/keys"], check=True)
