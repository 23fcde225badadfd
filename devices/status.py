"""The last known state of a device: written by a driver's thread, read and awaited by coroutines."""

import asyncio
import threading
from typing import Generic, TypeVar

S = TypeVar("S")


class StatusCell(Generic[S]):
    """Holds one status value; thread-safe to set, awaitable from any event loop."""

    def __init__(self, initial: S) -> None:
        self._value = initial
        self._lock = threading.Lock()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    @property
    def value(self) -> S:
        """The last value set."""
        return self._value

    def set(self, value: S) -> bool:
        """Store a value; wake the waiters and return True when it differs from the last one."""
        with self._lock:
            if value == self._value:
                return False
            self._value = value
            waiters, self._waiters = self._waiters, []
        for loop, future in waiters:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_release, future)
        return True

    async def changed(self, since: S) -> S:
        """Return the first value that differs from ``since`` (at once, when it already does)."""
        while True:
            loop = asyncio.get_running_loop()
            future: asyncio.Future[None] = loop.create_future()
            with self._lock:
                if self._value != since:
                    return self._value
                self._waiters.append((loop, future))
            try:
                await future
            finally:
                with self._lock:
                    self._waiters = [waiter for waiter in self._waiters if waiter[1] is not future]


def _release(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
