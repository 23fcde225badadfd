"""How often the sync process does what, and how long it waits after a failure."""

from collections.abc import Callable
from dataclasses import dataclass

_DOUBLINGS = 20  # beyond any limit; keeps the power small after weeks without a line


@dataclass(frozen=True, slots=True)
class Pace:
    """Every delay of the sync process, in seconds. ``poll_s``: how soon a new envelope is noticed."""

    poll_s: float = 0.5
    push_s: float = 60.0
    pull_s: float = 60.0
    heartbeat_s: float = 60.0
    first_retry_s: float = 1.0
    longest_retry_s: float = 300.0

    def retry_s(self, failures: int, random: Callable[[], float]) -> float:
        """Return the wait after so many failures in a row (1 for the first): doubled each time, up to the longest.

        ``random`` gives 0…1 and takes up to half of it away, so that terminals of one hall do not come back in step.
        """
        full = min(self.longest_retry_s, self.first_retry_s * float(1 << min(failures - 1, _DOUBLINGS)))
        return full * (1 - random() / 2)
