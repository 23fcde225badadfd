"""Time as a parameter, and how far a stamp can be trusted."""

import time
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "CST")  # one zone, no summer time: the time of day that citizens live by


class ClockQuality(StrEnum):
    """Whether the clock was synchronised when a stamp was made."""

    SYNCHRONISED = "synchronised"
    UNCERTAIN = "uncertain"


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never jump; only differences mean anything."""
        ...

    def quality(self) -> ClockQuality:
        """Tell how far ``now`` can be trusted."""
        ...


class SystemClock:
    """The machine's own clock. Its quality is what the kernel says of its synchronisation (adjtimex)."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never jump."""
        return time.monotonic()

    def quality(self) -> ClockQuality:
        """Uncertain until a time service marks the clock synchronised; systemd-timesyncd and chrony both do."""
        return ClockQuality.SYNCHRONISED if _kernel_clock_synchronised() else ClockQuality.UNCERTAIN


def unix_ms(moment: datetime) -> int:
    """Return milliseconds since 1970 of an aware moment."""
    return int(moment.timestamp() * 1000)


def _kernel_clock_synchronised() -> bool:
    """Ask adjtimex(2), which returns TIME_ERROR (5) while the clock is not synchronised."""
    import ctypes  # noqa: PLC0415 - only here, only on Linux

    timex = ctypes.create_string_buffer(512)  # struct timex; modes = 0 reads only
    state = int(ctypes.CDLL(None).adjtimex(timex))
    return 0 <= state < 5  # noqa: PLR2004 - TIME_ERROR of adjtimex(2)
