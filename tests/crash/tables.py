"""What the harnesses found, as Markdown tables and as the one line that says it all. Pure."""

from collections.abc import Sequence
from datetime import datetime

from tests.crash.tally import Tally

_COLUMNS = ("points", "lost", "doubled", "left_behind")


def result(tallies: Sequence[Tally]) -> dict[str, int]:
    """Return the sums over all harnesses."""
    rows = [_counts(tally) for tally in tallies]
    return {name: sum(row[place] for row in rows) for place, name in enumerate(_COLUMNS)}


def page(tallies: Sequence[Tally], seed: int, took_s: float, at: datetime, commit: str) -> str:
    """Return the whole result for people. ``took_s``: of all of them together."""
    lines = [
        f"{at:%Y-%m-%d}, commit {commit}, seed {seed}, {took_s / 60:.0f} minutes.",
        "",
        "| harness | points | lost | doubled | left behind |",
        "|---|--:|--:|--:|--:|",
        *(f"| {tally.harness} | {' | '.join(map(str, _counts(tally)))} |" for tally in tallies),
    ]
    lines += ["", *(f"{tally.harness}: {note}" for tally in tallies for note in tally.notes)]
    for tally in tallies:
        if tally.places:
            lines += ["", *_places(tally)]
    for tally in tallies:
        for name, found in (("lost", tally.lost), ("doubled", tally.doubled), ("left behind", tally.left_behind)):
            lines += [f"\n- {name}, point {one.point} of seed {one.seed}: {one.promise}" for one in found]
    return "\n".join(lines) + "\n"


def _places(tally: Tally) -> list[str]:
    whats = sorted({what for what, _ in tally.places})
    wheres = sorted({where for _, where in tally.places})
    return [
        f"| {tally.harness}: struck at | {' | '.join(whats)} |",
        f"|---|{'--:|' * len(whats)}",
        *(f"| {where} | {' | '.join(str(tally.places[what, where] or '') for what in whats)} |" for where in wheres),
    ]


def _counts(tally: Tally) -> tuple[int, int, int, int]:
    return tally.points, len(tally.lost), len(tally.doubled), len(tally.left_behind)
