"""Whether anybody is there: when something was last done at the terminal, and whether the terminal itself works."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_LOOK_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Delays:
    """Every wait of a visit, in seconds (domain.md)."""

    idle_s: float = 60
    delivered_s: float = 20  # idle on the last screen of a task: the next in the queue must not inherit the visit
    warning_s: int = 15
    reminder_pause_s: float = 8  # between the first two times that a citizen is called back
    paper_check_s: float = 3
    closed_check_s: float = 5


class Attention:
    """The last sign of life. Time is the event loop's.

    ``asked``: the citizen is being asked whether they are there. ``task_done``: the last screen of a task is shown.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._works = 0
        self._rests = asyncio.Event()
        self._rests.set()
        self._sign = asyncio.Event()
        self.asked = False
        self.task_done = False

    def sign(self) -> None:
        """Note a sign of life: a touch, a card, a code."""
        self._last = self._loop.time()
        self._sign.set()

    @contextmanager
    def working(self) -> Iterator[None]:
        """While the terminal works, nobody is expected to do anything; idle time counts from its end."""
        self._works += 1
        self._rests.clear()
        self._sign.set()
        try:
            yield
        finally:
            self._works -= 1
            if not self._works:
                self.sign()
                self._rests.set()

    async def quiet(self, delays: Delays) -> None:
        """Return when nothing happened for longer than it may, and nothing is under way."""
        while True:
            await self._rests.wait()
            allowed_s = min(delays.idle_s, delays.delivered_s) if self.task_done else delays.idle_s
            rest = self._last + allowed_s - self._loop.time()
            if rest <= 0:
                return
            await asyncio.sleep(min(rest, _LOOK_AGAIN_S))

    async def next_sign(self) -> None:
        """Return at the next sign of life, or when the terminal begins to work."""
        self._sign.clear()
        await self._sign.wait()
