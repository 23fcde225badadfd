"""The delays of the printer driver, in one table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Every delay of the driver, in seconds.

    ``poll_s``: between two looks at a job; ``idle_poll_s``: at a printer without one. ``stuck_s``: how long a
    job may stand still (paper is being fetched) before it is cancelled. ``settle_s``: how long a cancelled
    job may take to come to rest. ``request_s``: one question to the printer. ``connect_s``: how long CUPS
    tries to reach it. ``driver_s``: how long CUPS may take to make a new queue.
    """

    poll_s: float = 0.15
    idle_poll_s: float = 2.0
    stuck_s: float = 120.0
    settle_s: float = 6.0
    request_s: float = 3.0
    connect_s: int = 20
    driver_s: float = 20.0
