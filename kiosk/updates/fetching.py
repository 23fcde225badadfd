"""Bringing a release's files into the folder: over the line, a piece at a time and not too fast, or from a stick."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from kiosk.sync.client import CentreClient
from kiosk.sync.transfer import asking_from, beginning_of
from kiosk.updates.errors import Busy, NoRoom
from kiosk.updates.files import opened
from kiosk.updates.folder import UpdateFolder
from wire.clock import Clock
from wire.release import Manifest, ReleaseFile

Pieces = AsyncIterator[bytes]
Sleep = Callable[[float], Awaitable[None]]
_READ_BYTES = 1024 * 1024


class Source(Protocol):
    """Where the files of one release are."""

    @asynccontextmanager
    def pieces(self, file: ReleaseFile, start: int) -> AsyncIterator[tuple[int, Pieces]]:
        """Give a file's bytes from one on, and from which they really are: ``start``, or 0 for all of it again."""
        ...


class FromCentre:
    """The centre's copy of one version, at most so many bytes a second, on average over the transfer."""

    def __init__(
        self,
        client: CentreClient,
        version: str,
        gives_way: Callable[[], bool],
        *,
        bytes_per_s: float,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._version = version
        self._gives_way = gives_way
        self._bytes_per_s = bytes_per_s
        self._clock = clock
        self._sleep = sleep

    @asynccontextmanager
    async def pieces(self, file: ReleaseFile, start: int) -> AsyncIterator[tuple[int, Pieces]]:
        """Ask the centre. Raises :class:`~kiosk.sync.errors.CentreError`."""
        path = f"releases/{self._version}/{file.name}"
        async with self._client.transfer(path, asking_from(start, file.sha256)) as transfer:
            yield await beginning_of(transfer, start, file.size), self._slowly(transfer.pieces)

    async def _slowly(self, pieces: Pieces) -> Pieces:
        """Take no more than the line may bear: what is not read yet makes the other side wait (TCP).

        Raises :class:`Busy` when a technician came with a stick: they are not to wait for hours.
        """
        begun, total = self._clock.monotonic(), 0
        async for piece in pieces:
            if self._gives_way():
                raise Busy("a stick comes first")
            yield piece
            total += len(piece)
            ahead = total / self._bytes_per_s - (self._clock.monotonic() - begun)
            if ahead > 0:
                await self._sleep(ahead)


class FromStick:
    """A folder that somebody brought. What lies in it is opened as a stranger's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def pieces(self, file: ReleaseFile, start: int) -> AsyncIterator[tuple[int, Pieces]]:
        """Read the file. Raises :class:`~kiosk.updates.errors.FolderUnusable`, ReleaseNotOurs."""
        with opened(self._folder / file.name, file.size) as stream:
            stream.seek(start)

            async def read() -> Pieces:
                while piece := await asyncio.to_thread(stream.read, _READ_BYTES):
                    yield piece

            yield start, read()


async def fetch(folder: UpdateFolder, manifest: Manifest, source: Source) -> None:
    """Bring every file that is not there yet, and prove it. Killed anywhere, it goes on from the last block.

    Raises :class:`~kiosk.updates.errors.UpdateError`, CentreError. Where there is no room, what was begun goes.
    """
    try:
        for file in manifest.files:
            if folder.has(file):
                continue
            start = folder.begin(file)
            if start < file.size or not file.size:
                await _grow(folder, file, start, source)
            await asyncio.to_thread(folder.take, file)
    except NoRoom:
        folder.drop_partial()
        raise


async def _grow(folder: UpdateFolder, file: ReleaseFile, start: int, source: Source) -> None:
    with folder.growing(file, start) as growing:
        async with source.pieces(file, start) as (first, pieces):
            if first != start:
                growing.restart()
            async for piece in pieces:
                await asyncio.to_thread(growing.add, piece)
