"""A TCP relay between a terminal and the centre that fails in a chosen way, in the middle of real traffic."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto

_CHUNK = 65536


class Fault(Enum):
    """What happens to the next connection. The request has reached the centre whole, but for ``DROPS``."""

    DROPS = auto()  # the terminal's words are lost: cut before the centre hears
    RESETS = auto()  # the answer is lost: reset when it comes
    STALLS = auto()  # the answer never comes, and the line stays open
    HALF = auto()  # half of the answer comes, then the end
    GARBAGE = auto()  # something else comes instead
    FOREIGN = auto()  # a page of somebody else's comes, as from a captive portal
    CUTS = auto()  # so many bytes of the answers come, then the line is cut


_PORTAL = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\nlogin!"


class FaultyLine:
    """Relays to ``port`` on loopback. ``fault``: None carries everything. ``after``: bytes that ``CUTS`` lets by."""

    def __init__(self, port: int, after: int = 0) -> None:
        self._target = port
        self.after = after
        self.fault: Fault | None = None
        self.struck = 0
        self.own_port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def carrying(self) -> AsyncIterator["FaultyLine"]:
        """Listen until the block ends."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.own_port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.hang_up()

    def hang_up(self) -> None:
        """End every connection, so that the next call makes a new one."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far = await asyncio.open_connection("127.0.0.1", self._target)
        ends = {writer, far}
        self._writers |= ends
        try:
            await asyncio.gather(self._to_the_centre(reader, far, writer), self._to_the_terminal(far_reader, writer))
        finally:
            self._writers -= ends
            for end in ends:
                end.close()

    async def _to_the_centre(
        self, reader: asyncio.StreamReader, far: asyncio.StreamWriter, near: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            while words := await reader.read(_CHUNK):
                if self.fault is Fault.DROPS:
                    self.struck += 1
                    near.transport.abort()
                    break
                far.write(words)
                await far.drain()
        far.close()

    async def _to_the_terminal(self, far: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carried = 0
        with suppress(ConnectionError):
            while words := await far.read(_CHUNK):
                carried += len(words)
                match self.fault:
                    case Fault.CUTS if carried > self.after:
                        writer.transport.abort()
                    case None | Fault.DROPS | Fault.CUTS:
                        writer.write(words)
                        await writer.drain()
                        continue
                    case Fault.RESETS:
                        writer.transport.abort()
                    case Fault.STALLS:
                        self.struck += 1
                        continue
                    case Fault.HALF:
                        writer.write(words[: len(words) // 2])
                    case Fault.GARBAGE:
                        writer.write(bytes(range(256)) * 4)
                    case Fault.FOREIGN:
                        writer.write(_PORTAL)
                self.struck += 1
                with suppress(ConnectionError):
                    await writer.drain()
                break
        writer.close()
