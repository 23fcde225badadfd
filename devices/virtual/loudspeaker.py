"""A virtual loudspeaker: stands where a player's command stands, and keeps what was played.

This file, run as a program, is that command: it tells the object over a unix socket what it was given, and lasts as
long as the sound (times ``pace``).
"""

import io
import select
import socket
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_GOOD, _BAD = b"\x00", b"\x01"
_TICK_S = 0.02


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound that came: the WAV file, and whether it was played to its end."""

    wav: bytes
    whole: bool

    @property
    def length_s(self) -> float:
        """How long the whole sound is."""
        with wave.open(io.BytesIO(self.wav)) as told:
            return float(told.getnframes() / told.getframerate())

    @property
    def frames(self) -> bytes:
        """The samples: 16 bits, little-endian, one channel."""
        with wave.open(io.BytesIO(self.wav)) as told:
            return bytes(told.readframes(told.getnframes()))


class VirtualLoudspeaker:
    """A loudspeaker behind a player's command. ``pace``: 1 plays as long as a real one, 0 is done at once."""

    def __init__(self, *, pace: float = 0.0) -> None:
        self.pace = pace
        self._folder = tempfile.TemporaryDirectory(prefix="loudspeaker-")
        path = str(Path(self._folder.name) / "s")
        self.play = (sys.executable, "-I", __file__, path, "play")
        self.probe = (sys.executable, "-I", __file__, path, "probe")
        self._state = threading.Condition()
        self._plugged, self._stuck, self._closed = True, False, False
        self._playing = 0
        self._heard: list[Sound] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        self._server.listen()
        self._threads = [threading.Thread(target=self._serve, name="loudspeaker")]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def heard(self) -> list[Sound]:
        """Every sound so far."""
        with self._state:
            return list(self._heard)

    def unplug(self) -> None:
        """Have no device: the player fails, also the one that is playing."""
        self._set(plugged=False)

    def plug_in(self) -> None:
        """Have one again."""
        self._set(plugged=True)

    def stick(self) -> None:
        """Take every sound from now on, and never come to its end."""
        self._set(stuck=True)

    def wait_for_sounds(self, count: int, timeout_s: float) -> list[Sound]:
        """Return the first ``count`` sounds, as soon as they have ended."""
        with self._state:
            if not self._state.wait_for(lambda: len(self._heard) >= count, timeout_s):
                raise TimeoutError(f"{len(self._heard)} sounds of {count}")
            return self._heard[:count]

    def wait_until_playing(self, timeout_s: float) -> None:
        """Return as soon as a sound is being played."""
        with self._state:
            if not self._state.wait_for(lambda: self._playing > 0, timeout_s):
                raise TimeoutError("nothing is played")

    def close(self) -> None:
        """End, with every player. May be called twice."""
        with self._state:
            if self._closed:
                return
            self._closed = True
            self._state.notify_all()
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join()
        self._folder.cleanup()

    def _set(self, *, plugged: bool | None = None, stuck: bool | None = None) -> None:
        with self._state:
            self._plugged = self._plugged if plugged is None else plugged
            self._stuck = self._stuck if stuck is None else stuck
            self._state.notify_all()

    def _serve(self) -> None:
        while True:
            try:
                player, _ = self._server.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._hear, args=(player,), name="loudspeaker")
            thread.start()
            self._threads.append(thread)

    def _hear(self, player: socket.socket) -> None:
        with player, player.makefile("rb") as said, suppress(ConnectionError):
            command, length = said.readline().split()
            wav = said.read(int(length))
            if command == b"probe" or not self._plugged:
                player.sendall(_GOOD if self._plugged else _BAD)
                return
            with self._count_playing():
                whole = self._play(player, Sound(wav, whole=True).length_s * self.pace)
            with self._state:
                self._heard.append(Sound(wav, whole))
                self._state.notify_all()
            player.sendall(_GOOD if whole else _BAD)

    def _play(self, player: socket.socket, length_s: float) -> bool:
        """Return whether the player was let play to the end; one that was killed has closed its socket."""
        end = time.monotonic() + length_s
        while self._plugged and not self._closed:
            if not self._stuck and time.monotonic() >= end:
                return True
            if select.select([player], [], [], _TICK_S)[0]:
                return False
        return False

    @contextmanager
    def _count_playing(self) -> Iterator[None]:
        with self._state:
            self._playing += 1
            self._state.notify_all()
        try:
            yield
        finally:
            with self._state:
                self._playing -= 1


def _main(path: str, command: str) -> int:
    """Be the player's command: hand over standard input, end as the loudspeaker says."""
    wav = sys.stdin.buffer.read() if command == "play" else b""
    with socket.socket(socket.AF_UNIX) as loudspeaker:
        loudspeaker.connect(path)
        loudspeaker.sendall(f"{command} {len(wav)}\n".encode() + wav)
        return ord(loudspeaker.recv(1) or _BAD)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
