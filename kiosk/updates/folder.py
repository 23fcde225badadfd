"""The folder that systemd-sysupdate takes releases from, filled so that it is whole or not used, killed at any moment.

Beside the release lie the manifest that it was proven with, the agent's own record, and for a moment the installer's
mark. What is still being fetched lies in a folder of its own. No name in here comes from anywhere but
:func:`wire.release.names_of`.
"""

import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from kiosk import private_files
from kiosk.updates.errors import Busy, FileDamaged, NoRoom
from kiosk.updates.files import Growing, coded, digest_of, error_of, held, read_manifest
from kiosk.updates.state import PROGRESS, Progress
from wire.release import (
    MANIFEST,
    PRODUCT,
    SIGNATURE,
    SUMS,
    SUMS_SIGNATURE,
    Manifest,
    ReleaseFile,
    SignedManifest,
)

RESERVE_BYTES = 256 * 1024 * 1024  # stays free: the database and the journal live beside the releases
BLOCK_BYTES = 4 * 1024 * 1024  # what is on disk for good at a time; a transfer goes on from a multiple of it
MARK = "apply"
_STATE = "state.json"
_TURN, _URGENT = "turn.lock", "urgent.lock"
_PARTIAL = "partial"


class UpdateFolder:
    """One folder. Every method raises :class:`FolderUnusable`, :class:`NoRoom` when the disk does."""

    def __init__(self, path: Path, *, reserve: int = RESERVE_BYTES, block: int = BLOCK_BYTES) -> None:
        self.path = path
        self._partial = path / _PARTIAL
        self._reserve = reserve
        self.block = block

    @contextmanager
    def turn(self, *, urgent: bool = False, wait_s: float = 120.0) -> Iterator[None]:
        """Be the only one who works here; an urgent one lets the other know. Raises :class:`Busy`."""
        with ExitStack() as stack:
            if urgent and not stack.enter_context(held(self.path / _URGENT, wait_s)):
                raise Busy("another stick is being read")
            if not stack.enter_context(held(self.path / _TURN, wait_s)):
                raise Busy("the update agent is at work")
            yield

    def wanted_urgently(self) -> bool:
        """Tell whether somebody waits whose turn comes first."""
        with held(self.path / _URGENT, 0.0) as free:
            return not free

    def progress(self) -> Progress:
        """Return the record; a damaged one is as none: what lies here is proven before it is used."""
        try:
            return PROGRESS.validate_json((self.path / _STATE).read_bytes())
        except (FileNotFoundError, ValidationError):
            return Progress()
        except OSError as error:
            raise error_of(error) from error

    def keep(self, progress: Progress) -> None:
        """Write the record."""
        self._write(_STATE, PROGRESS.dump_json(progress))

    def keep_manifest(self, signed: SignedManifest) -> None:
        """Keep the manifest of the release that is wanted. What belongs to another one goes."""
        if (self.path / MANIFEST).exists() and self.manifest() == signed:
            return
        self.clear()
        self._write(SIGNATURE, signed.signature)
        self._write(MANIFEST, signed.content)

    def manifest(self) -> SignedManifest:
        """Return the manifest that is kept, to be opened with the release keys. Raises ReleaseNotOurs too."""
        return read_manifest(self.path)

    def begin(self, file: ReleaseFile) -> int:
        """Return from which byte a file is to be fetched: what was on disk for good before. Raises :class:`NoRoom`."""
        with coded():
            self._partial.mkdir(mode=0o755, exist_ok=True)
            path = self._partial / file.name
            there = path.stat().st_size if path.exists() else 0
            start = min(there, file.size) // self.block * self.block
            if there != start:
                os.truncate(path, start)
        self._need(file.size - start)
        return start

    @contextmanager
    def growing(self, file: ReleaseFile, start: int) -> Iterator["Growing"]:
        """Let a file grow from a byte on. What a full disk or an end of the block leaves is gone on with next time."""
        with coded():
            descriptor = os.open(
                self._partial / file.name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644
            )
            with os.fdopen(descriptor, "r+b", buffering=0) as raw:
                os.ftruncate(descriptor, start)
                yield Growing(raw, file, start, self.block)

    def take(self, file: ReleaseFile) -> None:
        """Prove a file that came whole, and put it in its place. Raises :class:`FileDamaged`: then it begins anew."""
        path = self._partial / file.name
        with coded():
            if digest_of(path) != (file.size, file.sha256):
                path.unlink(missing_ok=True)
                raise FileDamaged(f"{file.name} is not what the manifest names")
            path.replace(self.path / file.name)
            self._sync()

    def has(self, file: ReleaseFile) -> bool:
        """Tell whether a file is in its place, by its size alone."""
        with suppress(OSError):
            found = (self.path / file.name).lstat()
            return stat.S_ISREG(found.st_mode) and found.st_size == file.size
        return False

    def prove(self, manifest: Manifest) -> None:
        """Read every file in its place. Raises :class:`FileDamaged` after removing what is not as it should be."""
        for file in manifest.files:
            path = self.path / file.name
            with coded():
                if not self.has(file) or digest_of(path) != (file.size, file.sha256):
                    path.unlink(missing_ok=True)
                    raise FileDamaged(f"{file.name} is not what the manifest names")

    def fetched(self, manifest: Manifest) -> int:
        """Return how many bytes of a release are here."""
        total = 0
        for file in manifest.files:
            with suppress(OSError):
                path = self.path / file.name if self.has(file) else self._partial / file.name
                total += min(path.stat().st_size, file.size)
        return total

    def leave_mark(self, mark: str, version: str) -> None:
        """Ask the installer for a release that is here."""
        self._write(MARK, json.dumps({"mark": mark, "version": version}).encode())

    def clear(self) -> None:
        """Remove every release, whole or not; the record stays."""
        with coded():
            for name in (MARK, SUMS, SUMS_SIGNATURE, MANIFEST, SIGNATURE):  # first what makes the rest usable
                (self.path / name).unlink(missing_ok=True)
            for image in self.path.glob(f"{PRODUCT}_*"):
                image.unlink()
            if self._partial.exists():
                shutil.rmtree(self._partial)

    def drop_partial(self) -> None:
        """Give back the room of what is not whole."""
        with suppress(OSError):
            shutil.rmtree(self._partial)

    def _need(self, size: int) -> None:
        free = shutil.disk_usage(self.path).free
        if free < size + self._reserve:
            raise NoRoom(f"{size} bytes to come, {free} free, {self._reserve} kept for others")

    def _write(self, name: str, content: bytes) -> None:
        with coded():
            private_files.replace(self.path / name, content, 0o644)

    def _sync(self) -> None:
        private_files.sync_folder(self.path)
