"""Since when the clock cannot be trusted, over restarts, and whether it lost the time while the power was off. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wire.clock import ClockQuality

REMEMBERED_EVERY = timedelta(minutes=10)  # each is a write to flash
_BACKWARDS = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ClockMemory:
    """What is kept on disk. ``synchronised_at``: when the clock was last known to be right; None: never yet.

    ``uncertain_since``: None while it is synchronised. ``lost``: at this start it stood before ``synchronised_at``.
    """

    boot_id: str
    synchronised_at: datetime | None = None
    uncertain_since: datetime | None = None
    lost: bool = False


def step(memory: ClockMemory | None, now: datetime, quality: ClockQuality, boot_id: str) -> ClockMemory:
    """Return what to keep after a look at the clock.

    The first look after a start tells whether the real-time clock kept the time: a clock that lost it begins in 1970,
    2000, or when the system was built, all of them before the last moment at which the time was known.
    """
    if memory is None:
        memory = ClockMemory(boot_id)
    if memory.boot_id != boot_id:
        before = memory.synchronised_at
        memory = replace(memory, boot_id=boot_id, lost=before is not None and now < before - _BACKWARDS)
    if quality is ClockQuality.SYNCHRONISED:
        fresh = memory.synchronised_at is not None and abs(now - memory.synchronised_at) < REMEMBERED_EVERY
        return replace(memory, synchronised_at=memory.synchronised_at if fresh else now, uncertain_since=None)
    if memory.uncertain_since is None:
        return replace(memory, uncertain_since=memory.synchronised_at or now)
    return memory
