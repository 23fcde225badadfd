"""The line between a terminal and its centre: a TCP relay on loopback that can be cut and mended."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Passing:
    """One direction of one connection: from the terminal, or (``answer``) from the centre."""

    connection: int
    answer: bool


class Line:
    """Relays connections to ``port`` on loopback until it is cut; ``own_port`` is where the terminal connects.

    Cutting resets what is under way and refuses what comes, as a dead modem does. Bound for life to one port, so
    that a mended line is the same line. ``listen`` hears everything before it is carried on.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._mute = False
        self.own_port = 0
        self.listen: Callable[[Passing, bytes], object] = lambda _passing, _chunk: None

    async def mend(self) -> None:
        """Carry again. Does nothing when the line is whole."""
        self._mute = False
        if self._server is None:
            self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.own_port)
            self.own_port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    def lose_answers(self) -> None:
        """From now on carry what the terminal says, and lose what the centre answers, until it is mended."""
        self._mute = True

    @property
    def whole(self) -> bool:
        """Whether the line carries."""
        return self._server is not None

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._open |= pair
        try:
            asked, answered = Passing(id(pair), answer=False), Passing(id(pair), answer=True)
            await asyncio.gather(self._pump(reader, far_writer, asked), self._pump(far_reader, writer, answered))
        finally:
            self._open -= pair
            for end in pair:
                end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passing: Passing) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(_CHUNK):
                if passing.answer and self._mute:
                    continue
                self.listen(passing, chunk)
                writer.write(chunk)
                await writer.drain()
        with contextlib.suppress(OSError):
            if writer.can_write_eof():
                writer.write_eof()
