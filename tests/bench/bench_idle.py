"""What an idle terminal uses: CPU and memory of its processes at Attract, beside an idle bare Kivy program."""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from demo.process import Child
from tests.bench.programs import cpu_percent, pss_mb, with_children
from tests.bench.stand import Stand
from tests.bench.tables import Row, Table

_SLICES, _SLICE_S = 5, 4.0
_SETTLE_S = 4.0
_ALL = "the terminal's processes together"
_PEER = "bare Kivy, one label, default settings"


async def measure(at: Stand) -> list[Table]:
    """Return CPU and memory."""
    async with AsyncExitStack() as stack:
        bare = Child("tests.bench.bare_kivy", "idle", log=at.root / "bare.log")
        for child in (at.terminal.sync, at.terminal.app, bare):
            await child.start()
            stack.push_async_callback(child.stop)
        await at.terminal.glass.see("Attract")
        await asyncio.sleep(_SETTLE_S)
        app, *children = with_children(at.terminal.app.pid)
        decoder = {pid: name for pid in children if (name := _program(pid))}
        names = {app: "application", **decoder, at.terminal.sync.pid: "sync", bare.pid: _PEER}
        cpu: dict[int, list[float]] = {pid: [] for pid in names}
        for _ in range(_SLICES):
            for pid, percent in (await cpu_percent(list(names), _SLICE_S)).items():
                cpu[pid].append(percent)
        memory = {pid: pss_mb(pid) for pid in names}
    ours = [pid for pid in names if pid != bare.pid]
    cpu_rows = [Row(name, tuple(cpu[pid]), None if pid == bare.pid else _PEER) for pid, name in names.items()]
    all_cpu = tuple(sum(one) for one in zip(*(cpu[pid] for pid in ours), strict=True))
    memory_rows = [Row(name, (memory[pid],), None if pid == bare.pid else _PEER) for pid, name in names.items()]
    all_memory = sum(memory[pid] for pid in ours)
    ticks = f"{_SLICES} slices of {_SLICE_S:.0f} s; the kernel counts in ticks of 10 ms."
    return [
        Table("Idle at Attract: CPU", "% of one core", (*cpu_rows, Row(_ALL, all_cpu, _PEER)), (ticks,)),
        Table(
            "Idle at Attract: memory",
            "MB (PSS)",
            (*memory_rows, Row(_ALL, (all_memory,), _PEER)),
            ("PSS: what several processes map counts in equal shares.",),
        ),
    ]


def _program(pid: int) -> str:
    """Return what a child of the application is called here."""
    arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    if "devices.scanner.decoder_child" in arguments:
        return "decoding process"
    return Path(arguments[0] or sys.executable).name
