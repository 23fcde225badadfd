"""The ladder that a card reader climbs while it does not work, and descends when it does. Which reader, it knows not.

Each rung costs more than the one before: other readers, a citizen's time, the reader itself. So the ladder is climbed
one rung at a time, with patience on each, and descended the same way: a reader that works for a moment after each power
cycle is out of service after a few of them, and not cycled for ever.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final, assert_never

log = logging.getLogger(__name__)


class Rung(IntEnum):
    """What is done about a reader, from nothing to giving up."""

    WORKING = 0
    RECONNECT = 1  # look again; open the line again
    NEW_CONTEXT = 2  # a new connection to pcscd
    RESTART_SERVICE = 3  # pcscd restarted
    POWER_CYCLE = 4  # the reader's USB port switched off and on
    OUT_OF_SERVICE = 5  # nothing more is tried; a technician is wanted


class Failure(Enum):
    """In what way a reader does not work. The words are for the log and the technician."""

    SILENT = "does not answer"
    SERVICE = "pcscd does not answer"
    MISSING = "is not there"


_HELPS: Final = {
    Failure.SILENT: frozenset((Rung.RECONNECT, Rung.NEW_CONTEXT, Rung.RESTART_SERVICE, Rung.POWER_CYCLE)),
    Failure.SERVICE: frozenset((Rung.NEW_CONTEXT, Rung.RESTART_SERVICE)),
    # pcscd is well: to restart it would only disturb the other readers
    Failure.MISSING: frozenset((Rung.RECONNECT, Rung.POWER_CYCLE)),
}


@dataclass(frozen=True, slots=True)
class Failing:
    """The reader has not worked for as long as patience lasts, in spite of the rung it is on."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Works:
    """The reader has worked for a while."""


Event = Failing | Works


def step(rung: Rung, event: Event, allowed: frozenset[Rung]) -> Rung:
    """Return the next rung. ``allowed`` are the rungs between working and out of service that this reader has."""
    match event:
        case Failing(failure=failure):
            helps = sorted(one for one in _HELPS[failure] & allowed if one > rung)
            return helps[0] if helps else Rung.OUT_OF_SERVICE
        case Works():
            below = sorted(one for one in allowed if one < rung)
            return below[-1] if below else Rung.WORKING
    assert_never(event)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a reader may fail before the next rung, and how long it must work for the one below (seconds)."""

    patience_s: float = 10.0
    calm_s: float = 60.0


PACE: Final = Pace()


class Ladder:
    """One reader's place on the ladder over time; logs each change once. ``now`` is a monotonic clock."""

    def __init__(self, reader: str, allowed: frozenset[Rung], pace: Pace, now: Callable[[], float]) -> None:
        self._reader = reader
        self._allowed = allowed
        self._pace = pace
        self._now = now
        self._rung = Rung.WORKING
        self._failure: Failure | None = None
        self._since = now()  # since when the reader fails or works like this, on this rung

    @property
    def rung(self) -> Rung:
        """Where the reader is."""
        return self._rung

    def tick(self, failure: Failure | None) -> Rung | None:
        """Tell how the reader is now (None: it works); return a rung that was just climbed to, to act on."""
        if (failure is None) != (self._failure is None):
            self._since = self._now()
        self._failure = failure
        lasted = self._now() - self._since
        if failure is None:
            if self._rung is not Rung.WORKING and lasted >= self._pace.calm_s:
                self._move(step(self._rung, Works(), self._allowed))
            return None
        if self._rung is Rung.OUT_OF_SERVICE or lasted < self._pace.patience_s:
            return None
        self._move(step(self._rung, Failing(failure), self._allowed))
        return self._rung

    def _move(self, rung: Rung) -> None:
        if self._failure is None:
            log.info("card reader %s has worked for a while: back to %s", self._reader, rung.name.lower())
        else:
            log.warning("card reader %s %s: %s", self._reader, self._failure.value, rung.name.lower())
        self._rung = rung
        self._since = self._now()
