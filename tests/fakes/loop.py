"""An event loop whose time passes at once: hours of waiting in milliseconds, and no end by hanging."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
THREADS_S = 5.0  # of real time, for which a thread may work while nothing else happens
LONGEST_S = 4 * 3600.0  # of a loop's time: a terminal polls for ever, a test does not


class NothingHappens(BaseException):
    """Every coroutine waits, and no thread will come back; or only what polls for ever still runs."""


class _Impatient(selectors.DefaultSelector):
    """Where the loop would sleep until its next timer, it jumps there instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.given_up = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(THREADS_S if timeout is None else 0)
        if not events:
            if (timeout is None or self.now > LONGEST_S) and not self.given_up:
                self.given_up = True  # what cleans up afterwards may still run
                raise NothingHappens
            self.now += max(timeout or 0, 0)
        return events


class ImpatientLoop(asyncio.SelectorEventLoop):
    """A loop whose ``time`` is made of its own timers. Threads work in real time beside it."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.now

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncio's own
        """Wait for threads without a limit: Python 3.12 sets one, which would pass at once here."""
        await super().shutdown_default_executor()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a loop of its own."""
    with asyncio.Runner(loop_factory=ImpatientLoop) as runner:
        return runner.run(main)
