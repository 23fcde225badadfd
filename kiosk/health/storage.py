"""Readings of disks: room, errors that a file system has noted, wear of eMMC and what smartctl knows. No judgement."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

_MB = 1_000_000
_LIFE_STEP_PERCENT = 10
_LIFE_UNDEFINED = 0


class Reserve(IntEnum):
    """PRE_EOL_INFO of an eMMC: how much of its reserved blocks is used (JESD84-B51, 7.4.39)."""

    UNKNOWN = 0
    NORMAL = 1
    WARNING = 2  # 80 % used
    URGENT = 3  # 90 % used


@dataclass(frozen=True, slots=True)
class Room:
    """How full the partition of a folder is, by what a user without privileges can still use. ``used``: 0 to 100."""

    free_mb: int
    used_percent: int
    free_inodes_percent: int


@dataclass(frozen=True, slots=True)
class Wear:
    """How far a disk is used up: at most so many percent of its life, over 100 when beyond; None where it says nothing.

    ``failing``: the disk itself expects to fail, or its reserve is almost used up.
    """

    disk: str
    life_used_percent: int | None
    failing: bool = False


@dataclass(frozen=True, slots=True)
class FileSystemErrors:
    """How many errors an ext4 file system has noted since it was last repaired."""

    device: str
    count: int


def room(folder: Path, statvfs: Callable[[Path], os.statvfs_result] = os.statvfs) -> Room:
    """Look at the partition of a folder, or of the nearest one above it that exists."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    found = statvfs(there)
    usable = found.f_blocks - found.f_bfree + found.f_bavail
    return Room(
        free_mb=found.f_bavail * found.f_frsize // _MB,
        used_percent=round(100 * (usable - found.f_bavail) / usable) if usable else 100,
        free_inodes_percent=round(100 * found.f_favail / found.f_files) if found.f_files else 100,
    )


def file_system_errors(root: Path) -> tuple[FileSystemErrors, ...]:
    """Return what the mounted ext4 file systems say (Linux: Documentation/ABI/testing/sysfs-fs-ext4)."""
    found = []
    for path in sorted(root.glob("sys/fs/ext4/*/errors_count")):
        count = number(path)
        if count is not None:
            found.append(FileSystemErrors(path.parent.name, count))
    return tuple(found)


def emmc(root: Path) -> Iterator[Wear]:
    """Yield the wear of each eMMC: the worse of its two kinds of cells (JESD84-B51, 7.4.38: 0x01 is up to 10 %)."""
    for path in sorted(root.glob("sys/class/mmc_host/*/*/life_time")):
        try:
            levels = [int(word, 16) for word in path.read_text(encoding="ascii").split()]
        except (OSError, ValueError):
            continue
        reserve = number(path.with_name("pre_eol_info"), base=16)
        known = [level for level in levels if level > _LIFE_UNDEFINED]
        yield Wear(
            path.parent.name,
            max(known) * _LIFE_STEP_PERCENT if known else None,
            failing=reserve == Reserve.URGENT,
        )


def smart(folder: Path) -> Iterator[Wear]:
    """Yield what ``smartctl --json`` wrote of each disk into ``folder``, one file each (``systemd/`` runs it as root).

    Fields as smartmontools 7.3 names them, from its sources; not compared with a worn disk.
    """
    for path in sorted(folder.glob("*.json")):
        try:
            told = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if not isinstance(told, dict):
            continue
        nvme = _part(told, "nvme_smart_health_information_log")
        used = nvme.get("percentage_used", _part(told, "endurance_used").get("current_percent"))
        spare, least = nvme.get("available_spare"), nvme.get("available_spare_threshold")
        yield Wear(
            path.stem,
            used if isinstance(used, int) else None,
            failing=_part(told, "smart_status").get("passed") is False
            or (isinstance(spare, int) and isinstance(least, int) and spare < least),
        )


def number(path: Path, base: int = 10) -> int | None:
    """Return the whole number in a file of sysfs; None where there is none."""
    try:
        return int(path.read_text(encoding="ascii"), base)
    except (OSError, ValueError):
        return None


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}
