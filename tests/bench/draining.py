"""``python -m tests.bench.draining CENTRE DATA_DIR``: a terminal's outbox drained, the line cut again and again.

A process of its own, as the sync process is, so that what it holds resident is the drain's alone. Every so many calls
the line breaks when the centre has done its work and before the terminal hears of it. Prints one line of JSON.
``CENTRE`` is an address, or ``pretend``: then a stand-in in this process signs receipts and does nothing else.
"""

import asyncio
import json
import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx  # noqa: TID251 - the transport is where a line can be cut

from kiosk.store import Store
from kiosk.sync import enrolment, rounds
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreUnreachable
from tests.pretend_centre import URL, PretendCentre
from tests.terminal_parts import TERMINAL, StandingClock
from wire.clock import Clock, SystemClock

PRETEND = "pretend"
_CALLS_A_CUT = 37
_LOOK_S = 0.05
_STATM = Path("/proc/self/statm")  # proc(5)


@dataclass(frozen=True, slots=True)
class Drained:
    """``early_mb``, ``late_mb``: the most that was resident while the first and the last tenth of the queue went."""

    envelopes: int
    took_s: float
    cuts: int
    early_mb: float
    late_mb: float


class CutLine(httpx.AsyncBaseTransport):
    """A line that loses an answer every so many calls."""

    def __init__(self, line: httpx.AsyncBaseTransport) -> None:
        """Begin whole."""
        self.cuts = 0
        self._calls = 0
        self._line = line

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send; give the answer, or lose it."""
        response = await self._line.handle_async_request(request)
        self._calls += 1
        if self._calls % _CALLS_A_CUT == 0:
            self.cuts += 1
            await response.aread()
            await response.aclose()
            raise httpx.ReadError("cut")
        return response

    async def aclose(self) -> None:
        """Close the line."""
        await self._line.aclose()


async def drain(centre: str, data_dir: Path) -> Drained:
    """Push until the outbox is empty, from cut to cut."""
    clock: Clock
    if centre == PRETEND:
        clock = standing = StandingClock()
        terminal, url, line = TERMINAL, URL, CutLine(PretendCentre(standing, keeps=False).transport())
    else:
        clock = SystemClock()
        terminal, url, line = enrolment.load(data_dir), centre, CutLine(httpx.AsyncHTTPTransport())
    early, late, done = list[float](), list[float](), threading.Event()
    with Store.open(data_dir / "terminal.sqlite3", clock, terminal) as store:
        whole = store.outbox.queue().queued

        def look() -> int:
            left = store.outbox.queue().queued
            if left >= whole * 0.9:
                early.append(_resident_mb())
            elif left <= whole * 0.1:
                late.append(_resident_mb())
            return left

        def watch() -> None:
            while not done.wait(_LOOK_S):
                look()

        watching = threading.Thread(target=watch)
        watching.start()
        async with CentreClient(url, clock, terminal=terminal, transport=line) as client:
            began = time.perf_counter()
            while look():  # between two batches, and by the other thread while one is under way
                with suppress(CentreUnreachable):
                    await rounds.push(store, client)
            took = time.perf_counter() - began
        done.set()
        watching.join()
    return Drained(whole, took, line.cuts, max(early), max(late))


def _resident_mb() -> float:
    return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(drain(sys.argv[1], Path(sys.argv[2]))))) + "\n")
