"""A hint that does not flicker: shown once two looks agree, for a second at least. Pure; time comes with the news."""

from dataclasses import dataclass, replace

from devices.scanner.api import Hint

HOLD_S = 1.0
AGREEING = 2  # looks in a row


@dataclass(frozen=True, slots=True)
class SteadyHint:
    """What is shown ``since`` when (seconds of any clock), and what newer looks say instead."""

    shown: Hint
    since: float
    next: Hint | None = None
    looks: int = 0


def step(state: SteadyHint, news: Hint, now: float) -> SteadyHint:
    """Return the state after one more look at a picture."""
    if news is state.shown:
        return replace(state, next=None, looks=0)
    looks = state.looks + 1 if news is state.next else 1
    if looks >= AGREEING and now - state.since >= HOLD_S:
        return SteadyHint(news, now)
    return replace(state, next=news, looks=looks)
