"""``python -m tests.crash``: strikes at the terminal at points drawn from a seed, and tells what was lost or doubled.

Prints a line for each point, a table of where each harness struck, and as its last line the result as JSON; keeps the
tables in build/crash.md. Exit status 1 when anything was found, or a harness cannot run on this machine.
"""

import argparse
import json
import logging
import secrets
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.crash import killed
from tests.crash.tables import page, result
from tests.crash.tally import Tally

_HARNESSES = (killed.HARNESS, "unsynced")
_OUT = Path(__file__).parents[2] / "build" / "crash.md"


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--points", type=int, default=300, help="points of each harness (300)")
    parser.add_argument("--seed", type=int, help="drawn and printed when it is not given")
    parser.add_argument(
        "--point", type=int, metavar="K", help="replay this point alone; of unsynced, with those before it"
    )
    parser.add_argument("--harness", choices=_HARNESSES, action="append", help="only this one")
    parser.add_argument("--terminals", type=int, default=killed.TERMINALS, help="terminals that are struck at once (2)")
    asked = parser.parse_args(words)
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    logging.basicConfig(level=logging.ERROR)
    _say(f"seed {seed}")
    began = time.monotonic()
    harnesses = asked.harness or (_HARNESSES if asked.point is None else [killed.HARNESS])
    tallies = [_run(harness, asked, seed) for harness in harnesses]
    told = page(tallies, seed, time.monotonic() - began, datetime.now(UTC), _commit())
    _OUT.parent.mkdir(exist_ok=True)
    _OUT.write_text(told, encoding="utf-8")
    found = result(tallies)
    _say(f"{told}\n{json.dumps(found)}")
    well = all(tally.points for tally in tallies) and not any(found[name] for name in found if name != "points")
    return 0 if well else 1


def _run(harness: str, asked: argparse.Namespace, seed: int) -> Tally:
    if harness == killed.HARNESS:
        return killed.run(asked.points, seed, only=asked.point, terminals=asked.terminals)
    from tests.crash import unsynced  # noqa: PLC0415 - needs a FUSE, which not every machine has

    try:
        return unsynced.run(asked.points if asked.point is None else asked.point + 1, seed)
    except unsynced.CannotRun as reason:
        return Tally(harness, notes=[f"cannot run on this machine: {reason}"])


def _commit() -> str:
    """Return which state of the code this is: another one may draw other points from the same seed."""
    words = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    done = subprocess.run(words, cwd=_OUT.parents[1], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
