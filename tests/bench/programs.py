"""Starts the programs that benchmarks measure from outside, and reads what the kernel says of them."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LIMIT_S = 120.0
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def output_of(*arguments: str) -> str:
    """Run ``python -m …`` to its end and return its last line. Raises ``CalledProcessError``."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT_S, check=False
    )
    if done.returncode and not done.stdout:
        raise ChildProcessError(f"{arguments[0]}: {done.stderr[-600:]}")
    return done.stdout.strip().splitlines()[-1]


def seconds_of(*arguments: str) -> float:
    """Return how long ``python …`` takes from start to end."""
    began = time.monotonic()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, timeout=_LIMIT_S, check=True)
    return time.monotonic() - began


def with_children(pid: int) -> list[int]:
    """Return a process and everything it started."""
    pids = [pid]
    for one in pids:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            pids += [int(child) for child in children.read_text().split()]
    return pids


def cpu_ms(pid: int) -> float:
    """Return the CPU time that a process itself has used, in the kernel's ticks of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_MS


def pss_mb(pid: int) -> float:
    """Return a process's proportional share of memory, in MB of 10⁶ bytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"no Pss of {pid}")


async def cpu_percent(pids: list[int], seconds: float) -> dict[int, float]:
    """Return what part of one core each process uses, in percent, over some seconds."""
    before, began = {pid: cpu_ms(pid) for pid in pids}, time.monotonic()
    await asyncio.sleep(seconds)
    passed = (time.monotonic() - began) * 1000
    return {pid: (cpu_ms(pid) - before[pid]) / passed * 100 for pid in pids}
