"""Process start → first frame of the attract screen → ready, with its parts, beside the smallest Kivy program."""

import asyncio
import json
import socket
import statistics
import time
from collections import defaultdict
from dataclasses import astuple, dataclass
from itertools import pairwise

from demo.process import Child
from kiosk.private_memory import BEGUN_WITH
from tests.bench.programs import cpu_ms, output_of
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


@dataclass(frozen=True, slots=True)
class _Start:
    """One start, in ms since the process began. ``ready_cpu``: CPU time of the process itself, all its threads."""

    first_frame: float
    ready: float
    ready_cpu: float


async def measure(at: Stand) -> list[Table]:
    """Return the tables; every start is of a machine whose disk cache is warm."""
    ours, theirs, parts = [], [], defaultdict(list)
    await at.terminal.sync.start()
    await _start(at)  # the first makes the print queue and Python's byte code
    for number in range(_ROUNDS):
        ours.append(await _start(at))
        theirs.append(await asyncio.to_thread(_start_of_peer))
        events = await _watched_start(at, number)
        for part, (before, after) in zip(_PARTS, pairwise(_EVENTS), strict=True):
            parts[part].append((events[after] - events[before]) * 1000)
    await at.terminal.sync.stop()
    first_frames, readies, cpus = zip(*map(astuple, ours), strict=True)
    their_frames, their_cpus = zip(*theirs, strict=True)
    rows = (
        Row("bianmin run → first frame of Attract", first_frames, _PEER),
        Row("bianmin run → READY=1", readies, _PEER),
        Row(_PEER, their_frames),
        *(Row(f"  {name}", tuple(values)) for name, values in parts.items()),
    )
    parts_sum = sum(statistics.median(values) for values in parts.values())
    note = f"The parts are of the same program, watched ({parts_sum:.0f} ms together); the disk cache is warm."
    cpu_rows = (Row("bianmin run → READY=1", cpus, _PEER), Row(_PEER, their_cpus))
    cpu_note = "What stays when others use the machine as well; all threads, without the decoding process."
    return [
        Table("Process start → first frame → ready", "ms", rows, (note,)),
        Table("Process start → ready: CPU time", "ms", cpu_rows, (cpu_note,)),
    ]


async def _start(at: Stand) -> _Start:
    """Start the application as its unit does, told of by a service manager's socket."""
    address = at.root / "notify"
    address.unlink(missing_ok=True)
    port = at.terminal.glass.url.rpartition(":")[2]
    app = Child(
        *("kiosk", "run", "--config", str(at.terminal.config), "--live-port", port),
        log=at.terminal.log,
        environment={**at.hardware.environment, **BEGUN_WITH, "TMPDIR": str(at.root), "NOTIFY_SOCKET": str(address)},
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(0)
        began = time.monotonic()
        await app.start()
        waiting = asyncio.create_task(_ready(manager, app))
        try:
            seen = await at.terminal.glass.see("Attract")
            while seen.first_frame_at is None:  # put, and not yet drawn
                seen = await at.terminal.glass.look()
            ready_at, cpu = await waiting
        finally:
            waiting.cancel()
            await app.stop()
    return _Start((seen.first_frame_at - began) * 1000, (ready_at - began) * 1000, cpu)


async def _ready(manager: socket.socket, app: Child) -> tuple[float, float]:
    """Return when the application said that it is ready, and the CPU time that it had used by then."""
    while b"READY=1" not in await asyncio.get_running_loop().sock_recv(manager, 4096):
        pass
    return time.monotonic(), cpu_ms(app.pid)


def _start_of_peer() -> tuple[float, float]:
    """Return the ms until the peer's first frame, and its CPU time until then."""
    began = time.monotonic()
    told = json.loads(output_of("tests.bench.bare_kivy", "first-frame"))
    return (told["at"] - began) * 1000, told["cpu"] * 1000


async def _watched_start(at: Stand, number: int) -> dict[str, float]:
    watched = WatchedTerminal(at, f"start-{number}")
    began = time.monotonic()
    await watched.app.start()
    try:
        await at.terminal.glass.see("Attract")
    finally:
        await watched.app.stop()
    return {"spawned": began} | {event: watched.at(event) for event in _EVENTS[1:]}
