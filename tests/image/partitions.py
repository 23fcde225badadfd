"""Reads a disk's partition table (GPT; UEFI 2.10, 5.3) and the header of a LUKS2 partition, from outside."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SECTOR: Final = 512
_HEADER: Final = struct.Struct("<8s4xI4x4xQQQQ16sQIII")
_LUKS_BINARY: Final = 4096  # then follows the JSON area (LUKS2 On-Disk Format Specification 1.1, 2)
_LUKS_JSON: Final = 12288


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: its label, and where it is, in bytes."""

    label: str
    offset: int
    size: int


def partitions(disk: Path) -> dict[str, list[Partition]]:
    """Return the partitions of a raw disk by label; several may share one."""
    with disk.open("rb") as file:
        file.seek(_SECTOR)
        signature, _, _, _, _, _, _, first, count, length, _ = _HEADER.unpack(file.read(_HEADER.size))
        assert signature == b"EFI PART", f"{disk} has no partition table"
        file.seek(first * _SECTOR)
        table = file.read(count * length)
    found: dict[str, list[Partition]] = {}
    for at in range(0, len(table), length):
        kind, _, begin, end, _, name = struct.unpack_from("<16s16sQQQ72s", table, at)
        if any(kind):
            label = name.decode("utf-16-le").rstrip("\0")
            found.setdefault(label, []).append(Partition(label, begin * _SECTOR, (end - begin + 1) * _SECTOR))
    return found


def luks_tokens(disk: Path, partition: Partition) -> dict[str, dict[str, Any]]:
    """Return what may open an encrypted partition beside passphrases: tokens by their type."""
    with disk.open("rb") as file:
        file.seek(partition.offset)
        header = file.read(_LUKS_BINARY + _LUKS_JSON)
    assert header.startswith(b"LUKS\xba\xbe\x00\x02"), f"{partition.label} is not encrypted"
    content = json.loads(header[_LUKS_BINARY:].split(b"\0")[0])
    return {token["type"]: token for token in content["tokens"].values()}
