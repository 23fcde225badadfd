"""Watches over one reader's driver in a thread of its own; takes it up the recovery ladder while it does not work."""

import threading
import time
from collections.abc import Callable
from typing import Final

from devices.card_reader.recovery import Failure, Ladder, Rung
from devices.card_reader.remedies import Remedies

_TICK_S: Final = 0.25


class Supervisor:
    """Asks the driver every moment how it is (``failure``), and has it ``act`` on each rung that is climbed.

    ``looked_at``: when it last did, in monotonic seconds.
    Both are called in the supervisor's thread, and so are the remedies: none of them holds up the driver, and a driver
    that hangs in a call does not hold up them.
    """

    def __init__(
        self,
        ladder: Ladder,
        remedies: Remedies,
        failure: Callable[[], Failure | None],
        act: Callable[[Rung], None],
    ) -> None:
        self._ladder = ladder
        self._remedies = remedies
        self._failure = failure
        self._act = act
        self.looked_at = time.monotonic()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader-supervisor", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    @property
    def out_of_service(self) -> bool:
        """Whether nothing more is tried."""
        return self._ladder.rung is Rung.OUT_OF_SERVICE

    def close(self) -> None:
        """Stop watching; a remedy that is under way is left to itself."""
        self._closing.set()

    def _run(self) -> None:
        worked = False
        while not self._closing.wait(_TICK_S):
            self.looked_at = time.monotonic()
            failure = self._failure()
            if failure is None and not worked:
                self._remedies.look()
            worked = failure is None
            rung = self._ladder.tick(failure)
            if rung is not None:
                self._act(rung)
                self._remedies.apply(rung)
