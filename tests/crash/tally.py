"""What a crash harness found: how often it struck, and what was then lost, there twice, or left behind."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that did not hold, and the seed and point that bring it back."""

    promise: str
    seed: int
    point: int


@dataclass(slots=True)
class Tally:
    """Findings of one harness.

    ``lost``: what a citizen was told, or a process acknowledged, that is not there afterwards. ``doubled``: an id that
    is there twice, or paper that came out twice. ``left_behind``: a citizen's data in the clear. ``places``: how often
    what was struck where. ``notes``: what else has to be known of the run, a sentence each.
    """

    harness: str
    points: int = 0
    lost: list[Finding] = field(default_factory=list)
    doubled: list[Finding] = field(default_factory=list)
    left_behind: list[Finding] = field(default_factory=list)
    places: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
