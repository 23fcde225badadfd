"""An event loop in a thread of its own, for what the demo's helpers do beside a machine that is waited for."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

A = TypeVar("A")


class Loop:
    """Runs coroutines from another thread, one call after the other or many at once."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, A]) -> A:
        """Return what a coroutine returns; raise what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def end(self) -> None:
        """End it; what runs in it is given up."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
