"""``python -m tests.crash.powercut N``: cuts the power N times under the real store on a real ext4, and counts.

One run of a small machine is recorded, each cut is a replay of a part of it. The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.powercut.machine import record
from tests.crash.powercut.replay import replay

ROUNDS = 300  # things that the guest does; each is acknowledged by itself


def main() -> int:
    """Record, replay, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.powercut", description=__doc__)
    parser.add_argument("cuts", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"things that the guest does ({ROUNDS})")
    parser.add_argument("--careless", choices=("", "commit", "folder"), default="", help="leave a precaution out")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bianmin-powercut-") as folder:
        recording = record(Path(folder), asked.rounds, asked.careless)
        size = recording.log.stat().st_size / 1e6
        _say(f"recorded: {len(recording.told)} acknowledged, {size:.0f} MB of writes, {time.monotonic() - began:.0f} s")
        done = replay(recording, asked.cuts, asked.seed)
    for finding in (*done.tally.lost, *done.tally.doubled):
        _say(f"seed {finding.seed}, cut {finding.point}: not kept: {finding.promise}")
    _say(f"{asked.cuts} cuts (seed {asked.seed}), {time.monotonic() - began:.0f} s")
    told = {"cuts": done.tally.points, "acknowledged": len(recording.told), "looked_for": done.looked_for}
    lost, doubled = len(done.tally.lost), len(done.tally.doubled)
    _say(json.dumps({**told, "lost": lost, "doubled": doubled}))
    return 1 if lost or doubled else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
