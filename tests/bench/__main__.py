"""``python -m tests.bench [NAME…]``: runs benchmarks, prints their tables, and keeps them in build/bench.{txt,json}."""

import argparse
import asyncio
import json
import logging
import os
import platform
import sys
import time
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from tests.bench.stand import stand
from tests.bench.tables import Table

# They share one centre and one terminal. pyHanko adds names of signatures' attributes to asn1crypto, which takes new
# ones only until it has read its first: so "certificate" is imported before "emrtd" reads a signed chip.
AT_A_STAND = ("start", "card", "certificate", "emrtd", "idle")
ALONE = ("touch", "commands", "sealing", "qr", "camera", "document", "push")
NAMES = (*AT_A_STAND, *ALONE)
LIMIT_S = 120.0  # of one benchmark; they take 10 to 40
LIMITS_S = {"push": 3600.0}  # its queue may be made longer
_OUT = Path(__file__).parents[2] / "build" / "bench.json"


def main() -> int:
    """Run what was asked for; a benchmark that fails does not keep the others from running."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=", ".join(NAMES))
    names = parser.parse_args().names or list(NAMES)
    logging.basicConfig(level=logging.ERROR)  # what is broken on purpose is warned of
    began = time.monotonic()
    _OUT.parent.mkdir(exist_ok=True)
    _OUT.with_suffix(".txt").unlink(missing_ok=True)
    _say(f"{_machine()}\n")
    results = asyncio.run(_run(names))
    tables = {name: [table.as_dict() for table in of] for name, of in results.items()}
    told = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": _machine(), "benchmarks": tables}
    _OUT.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _say(f"{time.monotonic() - began:.0f} s; values in {_OUT.relative_to(_OUT.parents[1])}")
    return 0 if set(results) == set(names) else 1


async def _run(names: Sequence[str]) -> dict[str, list[Table]]:
    results: dict[str, list[Table]] = {}
    if wanted := [name for name in AT_A_STAND if name in names]:
        async with stand() as at:
            for name in wanted:
                await _try(name, results, import_module(f"tests.bench.bench_{name}").measure(at))
    for name in ALONE:
        if name in names:
            await _try(name, results, asyncio.to_thread(import_module(f"tests.bench.bench_{name}").measure))
    return results


async def _try(name: str, results: dict[str, list[Table]], measuring: Awaitable[list[Table]]) -> None:
    """Keep and print a benchmark's tables; one that fails does not keep the others from running."""
    try:
        async with asyncio.timeout(LIMITS_S.get(name, LIMIT_S)):
            tables = await measuring
    except Exception as error:  # noqa: BLE001 - the others are still worth their time
        _say(f"{name}: {type(error).__name__}: {error}\n")
        return
    results[name] = tables
    _say("\n\n".join(table.text() for table in tables) + "\n")


def _machine() -> str:
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    kernel = platform.release().partition("-")[0]
    return f"{os.cpu_count()} cores, Linux {kernel}, Python {platform.python_version()}, load {load}"


def _say(text: str) -> None:
    """Print, and keep what was printed: it is what docs/benchmarks.txt is a copy of."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    with _OUT.with_suffix(".txt").open("a", encoding="utf-8") as kept:
        kept.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
