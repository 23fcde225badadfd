"""A disk that keeps only what was flushed: files by fsync, names by fsync of their folder. Pure; nothing is mounted.

Stricter than any file system of Linux: there, fsync of a new file often keeps its name as well. What was not flushed
is lost whole, or in part: names up to some moment (as a journal keeps them), writes in any combination of sectors.
"""

import errno
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from pathlib import Path, PurePosixPath

SECTOR = 512  # bytes; a disk writes one whole or not at all


class Loss(StrEnum):
    """What a power cut takes of what was not flushed."""

    ALL = "all"
    SOME = "some"


@dataclass(frozen=True, slots=True)
class Cut:
    """Which of the writing calls finds no power any more, and what is lost then. ``name``: seed and point."""

    name: str
    calls: int
    loss: Loss


@dataclass(slots=True)
class File:
    """``now``: what programs read; ``kept``: what is on disk; ``unflushed``: (offset, data), data None cuts there."""

    number: int
    mode: int
    now: bytearray = field(default_factory=bytearray)
    kept: bytes = b""
    unflushed: list[tuple[int, bytes | None]] = field(default_factory=list)


@dataclass(slots=True)
class Folder:
    """``now``: the names that programs see; ``kept``: those on disk."""

    number: int
    mode: int
    now: "dict[str, Node]" = field(default_factory=dict)
    kept: "dict[str, Node]" = field(default_factory=dict)


Node = File | Folder


@dataclass(frozen=True, slots=True)
class _Name:
    """A name that comes to stand for a node, or (None) for nothing."""

    folder: Folder
    name: str
    node: Node | None


class Forgetful:
    """The disk. Paths are absolute; errors are OSError with an errno. Give each caller of one disk its turn."""

    def __init__(self, folder: Path | None = None) -> None:
        """Begin empty, or with what a folder of the real disk holds, all of it flushed."""
        self._numbers = count(2)
        self._unflushed: list[tuple[_Name, ...]] = []  # a rename is one entry, in force whole or not at all
        self.root = Folder(1, 0o755)
        if folder is not None:
            self._load(folder, self.root)

    def find(self, path: str) -> Node:
        """Return what stands at a path."""
        node: Node = self.root
        for part in PurePosixPath(path).parts[1:]:
            if not isinstance(node, Folder):
                raise OSError(errno.ENOTDIR, path)
            if part not in node.now:
                raise OSError(errno.ENOENT, path)
            node = node.now[part]
        return node

    def make(self, path: str, mode: int, *, folder: bool = False) -> Node:
        """Make an empty file or folder."""
        node: Node = (Folder if folder else File)(next(self._numbers), mode)
        parent, name = self._place(path)
        self._name(_Name(parent, name, node))
        return node

    def remove(self, path: str) -> None:
        """Take a name away."""
        node = self.find(path)
        if isinstance(node, Folder) and node.now:
            raise OSError(errno.ENOTEMPTY, path)
        parent, name = self._place(path)
        self._name(_Name(parent, name, None))

    def rename(self, old: str, new: str) -> None:
        """Move a name, over what stands there."""
        node, (parent, name), (target, to) = self.find(old), self._place(old), self._place(new)
        self._name(_Name(parent, name, None), _Name(target, to, node))

    def write(self, file: File, offset: int, data: bytes) -> None:
        """Write into a file."""
        _put(file.now, offset, data)
        file.unflushed.append((offset, data))

    def cut_to(self, file: File, length: int) -> None:
        """Give a file another length."""
        _cut(file.now, length)
        file.unflushed.append((length, None))

    def flush(self, node: Node) -> None:
        """Do what fsync(2) promises: of a file its content, of a folder the names in it."""
        if isinstance(node, File):
            node.kept = bytes(node.now)
            node.unflushed.clear()
            return
        for entry in [one for one in self._unflushed if any(name.folder is node for name in one)]:
            _keep(entry)
            self._unflushed.remove(entry)

    def after_cut(self, loss: Loss, chance: random.Random) -> Iterator[tuple[PurePosixPath, int, bytes | None]]:
        """Give path, mode and content (None: a folder) of all that a power cut now leaves. The disk is spent then."""
        if loss is Loss.SOME:
            for entry in self._unflushed[: chance.randint(0, len(self._unflushed))]:
                _keep(entry)
        yield from _left(self.root, PurePosixPath(), loss, chance)

    def save(self, folder: Path, loss: Loss, chance: random.Random) -> None:
        """Make a folder of the real disk hold exactly what a power cut now leaves."""
        shutil.rmtree(folder)
        folder.mkdir(mode=self.root.mode)
        for path, mode, content in self.after_cut(loss, chance):
            if content is None:
                (folder / path).mkdir()
            else:
                (folder / path).write_bytes(content)
            (folder / path).chmod(mode)

    def _place(self, path: str) -> tuple[Folder, str]:
        where = PurePosixPath(path)
        parent = self.find(str(where.parent))
        if not isinstance(parent, Folder):
            raise OSError(errno.ENOTDIR, path)
        return parent, where.name

    def _name(self, *changes: _Name) -> None:
        for change in changes:
            if change.node is None:
                change.folder.now.pop(change.name)
            else:
                change.folder.now[change.name] = change.node
        self._unflushed.append(changes)

    def _load(self, source: Path, into: Folder) -> None:
        for entry in sorted(source.iterdir()):
            mode = entry.stat().st_mode & 0o7777
            node: Node
            if entry.is_dir():
                node = Folder(next(self._numbers), mode)
                self._load(entry, node)
            else:
                content = entry.read_bytes()
                node = File(next(self._numbers), mode, bytearray(content), content)
            into.now[entry.name] = into.kept[entry.name] = node


def _keep(changes: tuple[_Name, ...]) -> None:
    for change in changes:
        if change.node is None:
            change.folder.kept.pop(change.name, None)
        else:
            change.folder.kept[change.name] = change.node


def _left(
    folder: Folder, at: PurePosixPath, loss: Loss, chance: random.Random
) -> Iterator[tuple[PurePosixPath, int, bytes | None]]:
    for name, node in folder.kept.items():
        if isinstance(node, Folder):
            yield at / name, node.mode, None
            yield from _left(node, at / name, loss, chance)
        else:
            yield at / name, node.mode, node.kept if loss is Loss.ALL else _torn(node, chance)


def _torn(file: File, chance: random.Random) -> bytes:
    """Return a file of whose unflushed writes some sectors arrived, others not."""
    content, share = bytearray(file.kept), chance.random()
    for offset, data in file.unflushed:
        if data is None:
            if chance.random() < share:
                _cut(content, offset)
            continue
        for start in range(0, len(data), SECTOR):
            if chance.random() < share:
                _put(content, offset + start, data[start : start + SECTOR])
    return bytes(content)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if offset > len(content):
        _cut(content, offset)
    content[offset : offset + len(data)] = data


def _cut(content: bytearray, length: int) -> None:
    del content[length:]
    content.extend(bytes(length - len(content)))
