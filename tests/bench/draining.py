"""``python -m tests.bench.draining CENTRE DATA_DIR``: a terminal's outbox drained, the line cut again and again.

A process of its own, as the sync process is, so that what it holds resident is the drain's alone. Every so many calls
the line breaks when the centre has done its work and before the terminal hears of it. Prints one line of JSON.
"""

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx  # noqa: TID251 - the transport is where a line can be cut

from kiosk.store import Store
from kiosk.sync import enrolment, rounds
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreUnreachable
from wire.clock import SystemClock

_CALLS_A_CUT = 37
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

    def __init__(self) -> None:
        """Begin whole."""
        self.cuts = 0
        self._calls = 0
        self._line = httpx.AsyncHTTPTransport()

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
    clock, terminal, line = SystemClock(), enrolment.load(data_dir), CutLine()
    early, late = [0.0], [0.0]
    with Store.open(data_dir / "terminal.sqlite3", clock, terminal) as store:
        whole = store.outbox.queue().queued

        async def watch() -> None:
            while True:
                left = store.outbox.queue().queued
                if left > whole * 0.9:
                    early.append(_resident_mb())
                elif left < whole * 0.1:
                    late.append(_resident_mb())
                await asyncio.sleep(0.2)

        async with CentreClient(centre, clock, terminal=terminal, transport=line) as client:
            watching = asyncio.create_task(watch())
            began = time.perf_counter()
            while store.outbox.queue().queued:
                with suppress(CentreUnreachable):
                    await rounds.push(store, client)
            took = time.perf_counter() - began
            watching.cancel()
    return Drained(whole, took, line.cuts, max(early), max(late))


def _resident_mb() -> float:
    return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(drain(sys.argv[1], Path(sys.argv[2]))))) + "\n")
