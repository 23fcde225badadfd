"""SIGKILL to the application, to the sync process or to both, at points drawn from a seed, across whole visits.

One centre on PostgreSQL, and one or more terminals on virtual hardware behind the real stacks, each struck at again
and again. A point's choice comes from seed and number alone; the instant is as exact as a system call where
strace(1) counts them, and as a running machine otherwise.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from demo.centre import CentreServer
from tests.central.postgres import private_server
from tests.crash.killing.invariants import Kind
from tests.crash.killing.points import Point, draw
from tests.crash.killing.publishing import Publisher
from tests.crash.killing.rig import Rig, Struck, rig
from tests.crash.tally import Finding, Tally

HARNESS = "killed"
TERMINALS = 2  # most of a point is waiting


def run(points: int, seed: int, *, only: int | None = None, terminals: int = TERMINALS) -> Tally:
    """Strike at ``points`` points, or at one of them alone, and return what was found."""
    numbers = range(points) if only is None else [only]
    return asyncio.run(_run(numbers, seed, min(terminals, len(numbers))))


async def _run(numbers: Sequence[int], seed: int, terminals: int) -> Tally:
    tally, exact = Tally(HARNESS), 0
    with private_server() as postgres, tempfile.TemporaryDirectory(prefix="bianmin-crash-") as folder:
        url = postgres.create("centre")
        centre = CentreServer(Path(folder), url)
        await centre.prepare()
        await centre.start()
        try:
            publisher = Publisher(url)
            async with AsyncExitStack() as stack:
                folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder))) for _ in range(terminals)]
                rigs = [await stack.enter_async_context(rig(one, centre, publisher)) for one in folders]
                await asyncio.gather(*(one.prepare() for one in rigs))
                shares = [numbers[place::terminals] for place in range(terminals)]
                striking = (strike_all(one, share, seed, tally) for one, share in zip(rigs, shares, strict=True))
                exact = sum(await asyncio.gather(*striking))
        finally:
            await centre.stop()
    tally.notes.append(f"{exact} of {tally.points} points struck at the very system call that was drawn.")
    return tally


async def strike_all(at: Rig, numbers: Iterable[int], seed: int, tally: Tally) -> int:
    """Play some points of a seed at one terminal, and count what was found; return how many were exact."""
    exact = 0
    for number in numbers:
        point = draw(seed, number)
        began = time.monotonic()
        struck = await at.strike(point)
        _count(tally, struck, seed)
        exact += struck.exact
        _say(_line(point, struck, time.monotonic() - began))
    return exact


def _count(tally: Tally, struck: Struck, seed: int) -> None:
    tally.points += 1
    tally.places[struck.point.target, struck.place] += 1
    columns = {Kind.LOST: tally.lost, Kind.DOUBLED: tally.doubled, Kind.LEFT_BEHIND: tally.left_behind}
    for breach in struck.breaches:
        columns[breach.kind].append(Finding(breach.promise, seed, struck.point.number))


def _line(point: Point, struck: Struck, took_s: float) -> str:
    found = "; ".join(f"{breach.kind.upper()}: {breach.promise}" for breach in struck.breaches) or "well"
    return (
        f"point {point.number:3}  {point.target.value:4}  {point.scene.value:12}  at {struck.place:12}"
        f"  {took_s:5.1f} s  {point.trigger}  {found}"
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
