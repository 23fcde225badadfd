"""Reads a disk's partition table (GPT; UEFI 2.10, 5.3) and the header of a LUKS2 partition, from outside."""

import json
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_SECTOR: Final = 512
_HEADER: Final = struct.Struct("<8s4xI4x4xQQQQ16sQIII")
_HEADER_BYTES: Final = 92
_CHUNK: Final = 1024 * 1024
_LUKS_BINARY: Final = 4096  # then follows the JSON area (LUKS2 On-Disk Format Specification 1.1, 2)
_LUKS_JSON: Final = 12288
_LUKS_UUID: Final = 168  # behind magic, version, size, sequence, label, checksum's name, salt


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
    content = json.loads(_luks_header(disk, partition)[_LUKS_BINARY:].split(b"\0")[0])
    return {token["type"]: token for token in content["tokens"].values()}


def luks_keys(disk: Path, partition: Partition) -> int:
    """Return how many keys open an encrypted partition: none, when what is on it is lost for good."""
    content = json.loads(_luks_header(disk, partition)[_LUKS_BINARY:].split(b"\0")[0])
    return len(content["keyslots"])


def luks_uuid(disk: Path, partition: Partition) -> str:
    """Return the identity that an encrypted partition got when it was made."""
    return _luks_header(disk, partition)[_LUKS_UUID : _LUKS_UUID + 40].rstrip(b"\0").decode()


def _luks_header(disk: Path, partition: Partition) -> bytes:
    with disk.open("rb") as file:
        file.seek(partition.offset)
        header = file.read(_LUKS_BINARY + _LUKS_JSON)
    assert header.startswith(b"LUKS\xba\xbe\x00\x02"), f"{partition.label} is not encrypted"
    return header


def put_into_free_slot(disk: Path, version: str, root: Path, verity: Path) -> None:
    """Write a version into the slot that is labelled ``_empty``, as systemd-sysupdate does: content, then label."""
    slot = partitions(disk)["_empty"]
    for one, content, label in zip(
        slot, (root, verity), (f"bianmin_{version}", f"bianmin_{version}_verity"), strict=True
    ):
        with content.open("rb") as source, disk.open("r+b") as target:
            for at in range(0, one.size, _CHUNK):
                source.seek(at)
                data = source.read(_CHUNK)
                if data.strip(b"\0"):
                    target.seek(one.offset + at)
                    target.write(data)
        _relabel(disk, one, label)


def _relabel(disk: Path, partition: Partition, label: str) -> None:
    with disk.open("r+b") as file:
        file.seek(_SECTOR)
        backup = _HEADER.unpack(file.read(_HEADER.size))[3]
        for header_at in (_SECTOR, backup * _SECTOR):
            file.seek(header_at)
            header = bytearray(file.read(_HEADER_BYTES))
            first, count, length = _HEADER.unpack_from(header)[7:10]
            file.seek(first * _SECTOR)
            table = bytearray(file.read(count * length))
            for at in range(0, len(table), length):
                if struct.unpack_from("<Q", table, at + 32)[0] * _SECTOR == partition.offset:
                    table[at + 56 : at + 128] = label.encode("utf-16-le").ljust(72, b"\0")
            file.seek(first * _SECTOR)
            file.write(table)
            struct.pack_into("<I", header, 88, zlib.crc32(table))
            struct.pack_into("<I", header, 16, 0)
            struct.pack_into("<I", header, 16, zlib.crc32(header))
            file.seek(header_at)
            file.write(header)
