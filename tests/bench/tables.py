"""What every benchmark shares: a clock reading in milliseconds, and tables that can be printed and stored."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured, as often as it was. ``peer``: the row of the same table it is compared with."""

    name: str
    values: tuple[float, ...]
    peer: str | None = None

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def mean(self) -> float:
        """The average."""
        return statistics.fmean(self.values)

    @property
    def p95(self) -> float:
        """The value that 95 of 100 stay below; of few values, nearly the largest."""
        if len(self.values) == 1:
            return self.values[0]
        return statistics.quantiles(self.values, n=20, method="inclusive")[-1]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in one unit. ``notes`` say what has to be known to read them; ``with_mean`` prints the average too."""

    title: str
    unit: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    with_mean: bool = False

    def text(self) -> str:
        """Return the table as it is printed."""
        width = max(len(row.name) for row in self.rows)
        mean = f" {'mean':>9}" if self.with_mean else ""
        lines = [self.title, f"  {self.unit:{width}}{mean} {'median':>9} {'p95':>9} {'n':>5}"]
        medians = {row.name: row.median for row in self.rows}
        for row in self.rows:
            mean = f" {_short(row.mean):>9}" if self.with_mean else ""
            line = f"  {row.name:{width}}{mean} {_short(row.median):>9} {_short(row.p95):>9} {len(row.values):>5}"
            if row.peer is not None:
                line += f"   {_short(row.median / medians[row.peer])} × {row.peer}"
            lines.append(line)
        return "\n".join(lines + [f"  {note}" for note in self.notes])

    def as_dict(self) -> dict[str, Any]:
        """Return the table for JSON: the values themselves and what is printed of them."""
        rows = [{**asdict(row), "mean": row.mean, "median": row.median, "p95": row.p95} for row in self.rows]
        return {"title": self.title, "unit": self.unit, "rows": rows, "notes": list(self.notes)}


def ms_since(began: float) -> float:
    """Return the milliseconds since ``began`` (of ``time.perf_counter``)."""
    return (time.perf_counter() - began) * 1000


def timed(work: Callable[[], object], times: int, *, warm: int = 1) -> tuple[float, ...]:
    """Return how many milliseconds each of ``times`` calls took, after ``warm`` that do not count."""
    for _ in range(warm):
        work()
    values = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        values.append(ms_since(began))
    return tuple(values)


def _short(value: float) -> str:
    """Three figures that count, and never an exponent."""
    for digits, limit in ((3, 1), (2, 10), (1, 100)):
        if abs(value) < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"
