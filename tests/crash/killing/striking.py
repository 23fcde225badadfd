"""Ends processes of a terminal with SIGKILL at one instant: after a delay, on a call on the line, at a system call."""

import asyncio
import re
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from demo.line import Passing
from demo.process import Child
from tests.crash.killing.points import After, AtWrite, Call, OnLine, Trigger

_REQUEST = re.compile(rb"(?:GET|POST) /api/terminal/v1/([a-z-]+)")
_OF_SYNC = frozenset({Call.PUSH, Call.PULL, Call.HEARTBEAT, Call.AUDIT})
_ATTACHED_S = 5.0
_AT_REST_S = 1.0
_IN_PLACE_OF_A_CALL_S = 0.01  # where no call can be counted


class Listener:
    """Hears the line between terminal and centre, and tells what the sync process was last at."""

    def __init__(self) -> None:
        self._calls: dict[int, str] = {}
        self._awaited: tuple[OnLine, Callable[[], object]] | None = None
        self._sync = "start"
        self._heard_at = time.monotonic()

    def hear(self, passing: Passing, chunk: bytes) -> None:
        """Take note of a request, or of the first part of its answer; strike when it is the one."""
        if passing.answer:
            call = self._calls.pop(passing.connection, None)
        elif request := _REQUEST.match(chunk):
            call = self._calls[passing.connection] = request[1].decode()
        else:
            return
        if call is None:
            return
        if call in _OF_SYNC:
            self._sync, self._heard_at = call, time.monotonic()
        if self._awaited is not None:
            awaited, strike = self._awaited
            if (awaited.call, awaited.answered) == (call, passing.answer):
                self._awaited = None
                asyncio.get_running_loop().call_later(awaited.delay_s, strike) if awaited.delay_s else strike()

    def await_call(self, awaited: OnLine, strike: Callable[[], object]) -> None:
        """Call ``strike`` once, at a call."""
        self._awaited = (awaited, strike)

    def forget(self) -> None:
        """Wait for no call any more."""
        self._awaited = None

    def sync_started(self) -> None:
        """Note that the sync process begins anew."""
        self._sync, self._heard_at = "start", time.monotonic()

    @property
    def sync_place(self) -> str:
        """What the sync process is at, or was within the last second; ``rest``: nothing."""
        return self._sync if self._sync == "start" or time.monotonic() - self._heard_at < _AT_REST_S else "rest"


class Striker:
    """One strike at some processes: those that the first takes along die within a millisecond of it.

    ``on_strike`` is called at that instant. ``struck`` is set when they have all ended.
    """

    def __init__(self, victims: Sequence[Child], listener: Listener, on_strike: Callable[[], object]) -> None:
        self._victims = victims
        self._listener = listener
        self._on_strike = on_strike
        self._tracer: asyncio.subprocess.Process | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watching: asyncio.Task[None] | None = None
        self._late = False
        self.struck = asyncio.Event()

    @property
    def exact(self) -> bool:
        """Whether it struck at the very system call."""
        return self._tracer is not None and not self._late

    @property
    def armed(self) -> bool:
        """Whether the strike is under way."""
        return self._watching is not None

    async def arm(self, trigger: Trigger) -> None:
        """Begin to wait for the instant."""
        self._watching = asyncio.create_task(self._watch())
        match trigger:
            case After(delay_s):
                self._timer = asyncio.get_running_loop().call_later(delay_s, self._strike)
            case OnLine():
                self._listener.await_call(trigger, self._strike)
            case AtWrite(call, count):
                self._tracer = await _trace(self._victims[0].pid, call, count)
                if self._tracer is None:
                    self._timer = asyncio.get_running_loop().call_later(count * _IN_PLACE_OF_A_CALL_S, self._strike)

    async def finish(self) -> None:
        """Strike now, where the instant has not come, and wait until all have ended."""
        self._listener.forget()
        self._late = not self.struck.is_set()
        if self._timer is not None:
            self._timer.cancel()
        self._strike()
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        await self._watching
        if self._tracer is not None:
            with suppress(ProcessLookupError):
                self._tracer.terminate()
            await self._tracer.wait()

    async def _watch(self) -> None:
        ends = [asyncio.create_task(victim.ended()) for victim in self._victims]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        self._strike()
        await asyncio.wait(ends)
        self.struck.set()

    def _strike(self) -> None:
        if not self.struck.is_set():
            self._on_strike()
        for victim in self._victims:
            if victim.running:
                with suppress(ProcessLookupError):
                    victim.kill()


async def _trace(pid: int, call: str, count: int) -> asyncio.subprocess.Process | None:
    """Let strace(1) end a process when its main thread enters a call for the ``count``-th time; it is not made.

    None where there is no strace, or it may not attach.
    """
    program = shutil.which("strace")
    if program is None:
        return None
    tracer = await asyncio.create_subprocess_exec(
        *(program, "-qqq", "-o", "/dev/null", "-e", f"trace={call}", "-e", "signal=none"),
        *("-e", f"inject={call}:signal=KILL:when={count}", "-p", str(pid)),
    )
    end = time.monotonic() + _ATTACHED_S
    while not _traced(pid) and tracer.returncode is None and time.monotonic() < end:  # noqa: ASYNC110 - the kernel's word
        await asyncio.sleep(0.005)
    return tracer if tracer.returncode is None else None


def _traced(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "TracerPid:\t0\n" not in status
