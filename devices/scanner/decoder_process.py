"""The parent's end of the decoding process: starts it, gives it pictures with a deadline, kills and replaces it."""

import contextlib
import fcntl
import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TypeVar

import cv2  # noqa: TID251 - makes pictures grey before they go through the pipe
import numpy as np

import devices
from devices.camera.api import Pixels
from devices.scanner.api import ScannedCode, Seen
from devices.scanner.decoder_child import REPLY_LENGTH, REQUEST, from_reply

log = logging.getLogger(__name__)
T = TypeVar("T")

CHILD = (sys.executable, "-P", "-m", "devices.scanner.decoder_child")
_PIPE_BYTES = 1 << 20  # a 720p picture in grey: one write instead of fifteen
_LARGEST_REPLY = 1 << 16  # a symbol holds 2953 bytes at most
# The pipe broke or stayed silent, or what came is no reply: the process may be in a hostile symbol's hands.
_LOSSES = (OSError, EOFError, ValueError)


class DecoderLost(Exception):
    """The process hung, died or never started; it has been killed, and another one is starting."""


class DecoderProcess:
    """One decoding process at a time; blocking, for one thread at a time (a lock sees to it).

    ``deadline_s``: for one picture, after which the process counts as hung. ``start_timeout_s``: until it says that
    it is ready. Started as a new program, never forked: the parent may run Kivy, threads and an event loop.
    """

    def __init__(
        self,
        command: Sequence[str] = CHILD,
        *,
        deadline_s: float = 0.5,
        start_timeout_s: float = 10.0,
        pictures_per_process: int = 5000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = tuple(command)
        self._deadline_s = deadline_s
        self._start_timeout_s = start_timeout_s
        self._pictures_per_process = pictures_per_process
        self._clock = clock
        self._lock = threading.Lock()
        self._process = self._start()
        self._ready = False
        self._pictures = 0
        self._closed = False

    @property
    def pid(self) -> int:
        """The present process's id."""
        return self._process.pid

    def wait_ready(self) -> None:
        """Wait until the process can decode. Raises :class:`DecoderLost`."""
        with self._lock:
            self._attempt(self._await_ready)

    def decode(self, pixels: Pixels, budget_s: float, turn: int = 0) -> list[ScannedCode]:
        """Return the codes of a picture; see :meth:`see`."""
        return list(self.see(pixels, budget_s, turn).codes)

    def see(self, pixels: Pixels, budget_s: float, turn: int = 0) -> Seen:
        """Return what a picture (height × width × 3, BGR) shows; see :func:`devices.scanner.decoders.see`.

        Raises :class:`DecoderLost` when the process does not answer within its deadline.
        """
        grey = np.ascontiguousarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))

        def ask() -> Seen:
            self._await_ready()
            until = self._clock() + self._deadline_s
            head = REQUEST.pack(*grey.shape, budget_s, turn, self._deadline_s)
            self._write(head + grey.tobytes(), until)
            return self._reply(until)

        with self._lock:
            seen = self._attempt(ask)
            self._pictures += 1
            return seen

    def refresh(self) -> None:
        """Replace a process that has decoded many pictures: ZBar is known to leak. For moments nobody waits."""
        with self._lock:
            if self._pictures >= self._pictures_per_process:
                self._replace()

    def close(self) -> None:
        """End the process. May be called twice."""
        with self._lock:
            self._closed = True
            self._end()

    def _attempt(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except _LOSSES as error:
            if not self._closed:
                log.warning("decoding process lost (%s), starting another", type(error).__name__)
                self._replace()
            raise DecoderLost(type(error).__name__) from error

    def _await_ready(self) -> None:
        if not self._ready:
            self._reply(self._clock() + self._start_timeout_s)
            self._ready = True

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(devices.__file__).parents[1])
        process = subprocess.Popen(  # noqa: S603 - our own module
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # libraries complain there, possibly of what they read
            bufsize=0,
            env={"PYTHONPATH": root, "PATH": os.defpath},
        )
        for pipe in (process.stdin, process.stdout):
            os.set_blocking(_fd(pipe), False)
        with contextlib.suppress(OSError):  # the system may grant less, which is slower and works
            fcntl.fcntl(_fd(process.stdin), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        return process

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _replace(self) -> None:
        """Put another process in place; where the system has none to give, the next attempt asks again."""
        self._end()
        try:
            self._process = self._start()
        except OSError as error:
            log.error("no decoding process can be started: %s", error.strerror)  # noqa: TRY400 - known, no trace
        self._ready = False
        self._pictures = 0

    def _write(self, data: bytes, until: float) -> None:
        rest = memoryview(data)
        fd = _fd(self._process.stdin)
        while rest:
            self._wait(fd, select.POLLOUT, until)
            rest = rest[os.write(fd, rest) :]

    def _read(self, count: int, until: float) -> bytes:
        fd = _fd(self._process.stdout)
        data = b""
        while len(data) < count:
            self._wait(fd, select.POLLIN, until)
            more = os.read(fd, count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def _wait(self, fd: int, event: int, until: float) -> None:
        poll = select.poll()
        poll.register(fd, event)
        if not poll.poll(max(0.0, until - self._clock()) * 1000):
            raise TimeoutError

    def _reply(self, until: float) -> Seen:
        (length,) = REPLY_LENGTH.unpack(self._read(REPLY_LENGTH.size, until))
        if length > _LARGEST_REPLY:
            raise ValueError("a reply of impossible length")
        return from_reply(self._read(length, until))


def _fd(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise EOFError
    return pipe.fileno()
