"""``python -m tests.crash``: strikes at the terminal at points drawn from a seed, and tells what was lost or doubled.

Prints a line for each point, a table of where each harness struck, and as its last line the result as JSON. Exit
status 1 when anything was found. With --out the tables are kept, too.
"""

import argparse
import json
import logging
import secrets
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.crash import killed
from tests.crash.tables import page, result
from tests.crash.tally import Tally

_HARNESSES = (killed.HARNESS, "unsynced")


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--points", type=int, default=300, help="points of each harness (300)")
    parser.add_argument("--seed", type=int, help="drawn and printed when it is not given")
    parser.add_argument("--point", type=int, metavar="K", help="replay this point alone")
    parser.add_argument("--harness", choices=_HARNESSES, action="append", help="only this one")
    parser.add_argument("--terminals", type=int, default=killed.TERMINALS, help="terminals that are struck at once (2)")
    parser.add_argument("--out", type=Path, help="write the tables here, as Markdown")
    asked = parser.parse_args(words)
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    logging.basicConfig(level=logging.ERROR)
    _say(f"seed {seed}")
    began = time.monotonic()
    tallies = [_run(harness, asked, seed) for harness in asked.harness or _HARNESSES]
    told = page(tallies, seed, time.monotonic() - began, datetime.now(UTC))
    if asked.out is not None:
        asked.out.write_text(told, encoding="utf-8")
    found = result(tallies)
    _say(f"{told}\n{json.dumps(found)}")
    return 1 if any(count for name, count in found.items() if name != "points") else 0


def _run(harness: str, asked: argparse.Namespace, seed: int) -> Tally:
    if harness == killed.HARNESS:
        return killed.run(asked.points, seed, only=asked.point, terminals=asked.terminals)
    from tests.crash import unsynced  # noqa: PLC0415 - needs a FUSE, which not every machine has

    return unsynced.run(asked.points, seed)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
