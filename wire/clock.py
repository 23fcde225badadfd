"""Time as a parameter, and how far a stamp can be trusted."""

import ctypes
import time
from dataclasses import dataclass
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
        """Uncertain until a time service marks the clock synchronised: chrony does with ``rtcsync``."""
        kernel = kernel_clock()
        return ClockQuality.UNCERTAIN if kernel is None else kernel.quality


def unix_ms(moment: datetime) -> int:
    """Return milliseconds since 1970 of an aware moment."""
    return int(moment.timestamp() * 1000)


_UNSYNCHRONISED = 0x40 | 0x1000  # STA_UNSYNC, STA_CLOCKERR of <linux/timex.h>


class _Timex(ctypes.Structure):
    """The beginning of struct timex, and room for the rest (208 bytes on 64-bit Linux)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 400),
    )


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What the kernel knows of its clock: flags (STA_… of adjtimex(2)), and how wrong it may be at most, in µs.

    The bound grows by 500 ppm from one correction to the next; at 16 s, hours after the last, the kernel itself says
    unsynchronised.
    """

    status: int
    most_error_us: int

    @property
    def quality(self) -> ClockQuality:
        """Return what that means for a stamp."""
        return ClockQuality.UNCERTAIN if self.status & _UNSYNCHRONISED else ClockQuality.SYNCHRONISED


def kernel_clock() -> KernelClock | None:
    """Ask adjtimex(2), changing nothing; None where a sandbox forbids it."""
    timex = _Timex()  # modes = 0 reads only
    if int(ctypes.CDLL(None).adjtimex(ctypes.byref(timex))) < 0:
        return None
    return KernelClock(timex.status, timex.maxerror)
