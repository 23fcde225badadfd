"""Process start → first frame of the attract screen, with its parts, beside the smallest Kivy program."""

import asyncio
import statistics
import time
from collections import defaultdict
from itertools import pairwise

from tests.bench.programs import output_of
from tests.bench.stand import Stand
from tests.bench.tables import Row, Table
from tests.bench.watching import WatchedTerminal

_ROUNDS = 4
_PEER = "bare Kivy, one label → first frame"
# what the watched terminal notes, in order, and what lies between one note and the next
_EVENTS = ("spawned", "python", "command", "wiring", "window", "Attract")
_PARTS = (
    "Python itself",
    "imports: configuration, models",
    "imports: drivers, flows, store, Kivy's base",
    "window, fonts, first widgets",
    "readers, camera, decoder, print queue, first frame",
)


async def measure(at: Stand) -> list[Table]:
    """Return one table; every start is of a machine whose disk cache is warm."""
    ours, theirs, parts = [], [], defaultdict(list)
    await at.terminal.sync.start()
    await _start(at)  # the first makes the print queue and Python's byte code
    for number in range(_ROUNDS):
        ours.append(await _start(at))
        began = time.monotonic()
        theirs.append((float(await asyncio.to_thread(output_of, "tests.bench.bare_kivy", "first-frame")) - began) * 1e3)
        events = await _watched_start(at, number)
        for part, (before, after) in zip(_PARTS, pairwise(_EVENTS), strict=True):
            parts[part].append((events[after] - events[before]) * 1000)
    await at.terminal.sync.stop()
    rows = (
        Row("bianmin run → first frame of Attract", tuple(ours), _PEER),
        Row(_PEER, tuple(theirs)),
        *(Row(f"  {name}", tuple(values)) for name, values in parts.items()),
    )
    parts_sum = sum(statistics.median(values) for values in parts.values())
    note = f"The parts are of the same program, watched ({parts_sum:.0f} ms together); the disk cache is warm."
    return [Table("Process start → first frame", "ms", rows, (note,))]


async def _start(at: Stand) -> float:
    began = time.monotonic()
    await at.terminal.app.start()
    try:
        seen = await at.terminal.glass.see("Attract")
        while seen.first_frame_at is None:  # put, and not yet drawn
            seen = await at.terminal.glass.look()
    finally:
        await at.terminal.app.stop()
    return (seen.first_frame_at - began) * 1000


async def _watched_start(at: Stand, number: int) -> dict[str, float]:
    watched = WatchedTerminal(at, f"start-{number}")
    began = time.monotonic()
    await watched.app.start()
    try:
        await at.terminal.glass.see("Attract")
    finally:
        await watched.app.stop()
    return {"spawned": began} | {event: watched.at(event) for event in _EVENTS[1:]}
