"""Finger on the glass → frame that shows its effect, beside a plain Kivy button in the same window."""

import json
from collections.abc import Sequence

from tests.bench.programs import output_of
from tests.bench.tables import Row, Table

_PRESSED, _SHOWN = "bare Kivy: button pressed", "bare Kivy: next view"
_NOTES = (
    "From the touch's dispatch to the end of drawing (glFinish) of the first frame that shows its effect.",
    "The renderer is Mesa's llvmpipe: the same two cores that everything else needs do what a GPU would.",
)
_CPU_NOTES = ("What stays when others use the machine as well.",)


def measure() -> list[Table]:
    """Return times to frames, what they cost, and the wait before a touch is dispatched."""
    peer: dict[str, list[list[float]]] = json.loads(output_of("tests.bench.bare_kivy", "touch"))
    told = json.loads(output_of("tests.bench.touch_views"))
    ours: dict[str, list[list[float]]] = told["touches"]
    names = {name: _PRESSED if name.startswith("pressed") else _SHOWN for name in ours}
    waits = [Row(name, tuple(values)) for name, values in told["waits"].items()]
    tables = []
    for column, title, notes in ((0, "Touch → frame", _NOTES), (1, "Touch → frame: CPU time, all threads", _CPU_NOTES)):
        rows = [Row(name, _column(ours[name], column), of) for name, of in names.items()]
        theirs = [Row(_PRESSED, _column(peer["pressed"], column)), Row(_SHOWN, _column(peer["shown"], column))]
        tables.append(Table(title, "ms", (*rows, *theirs), notes))
    return [*tables, Table("Touch → dispatched (Kivy asks its input once a frame)", "ms", tuple(waits))]


def _column(values: Sequence[Sequence[float]], column: int) -> tuple[float, ...]:
    return tuple(one[column] for one in values)
