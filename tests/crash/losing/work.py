"""What a terminal writes in a busy hour: applications, copies, reports, ferry files, keys; each told once it is kept.

``python -m tests.crash.losing.work FOLDER …`` works in an enrolled terminal's data folder until it is killed, and
prints a line of JSON for everything of which somebody has been told that it is there. Real store, real files.
"""

import argparse
import asyncio
import hashlib
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices.printer.api import JobOutcome, NotPrinted, PrintDoubtful, Printed
from kiosk import private_files
from kiosk.store import Store
from kiosk.store.recovery import open_store
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from kiosk.sync.ferry import Ferry
from kiosk.sync.key_roll import KeyRoll
from kiosk.sync.new_key import opened
from tests.terminal_parts import CITIZEN
from wire.clock import SystemClock
from wire.keys import key_id
from wire.messages import DeviceReport

Told = dict[str, Any]
ITEM = "food-licence"
STICK = "stick"  # a folder of the same disk, where ferry files are written
_FERRY_ROUND, _KEY_ROUND = 40, 60


@dataclass
class Work:
    """One worker's tasks, mixed by chance; ``reports`` counts on from the last life."""

    data_dir: Path
    store: Store
    chance: random.Random
    reports: int = 0
    _copies: list[Iterator[Told]] = field(default_factory=list)

    def task(self) -> Told:
        """Do one thing; return what may now be told, once it is on disk."""
        match self.chance.choice(("apply", "print", "print", "print", "report")):
            case "apply":
                return self._apply()
            case "print":
                return self._print()
            case _:
                return self._report()

    def export(self) -> Told:
        """Write a ferry file."""
        folder = self.data_dir / STICK
        folder.mkdir(exist_ok=True)
        ferry = Ferry(self.store, enrolment.load(self.data_dir), SystemClock(), self.data_dir)
        done = ferry.export(folder, "crash")
        return {"ferry": done.path.name, "digest": hashlib.sha256(done.path.read_bytes()).hexdigest()}

    def _apply(self) -> Told:
        code = self.store.cases.submit(ITEM, CITIZEN, {"shop": "秋水面馆" * self.chance.randint(1, 40)})
        row = self.store._database.row(
            "SELECT subject FROM audit WHERE event = 'application_submitted' ORDER BY number DESC LIMIT 1"
        )
        assert row is not None
        return {"application": row[0], "case": code.case_number}

    def _print(self) -> Told:
        if not self._copies or self.chance.random() < 0.3:
            self._copies.append(self._copy())
        steps = self.chance.choice(self._copies)
        told = next(steps, None)
        if told is None:
            self._copies.remove(steps)
            return self._print()
        return told

    def _copy(self) -> Iterator[Told]:
        ledger = self.store.ledger
        job = ledger.reserve(ITEM).job_name
        yield {"copy": job, "state": "reserved"}
        serial = f"S{self.chance.randrange(5)}"
        yield {"copy": job, "state": ledger.issued(job, serial).state}
        yield {"copy": job, "state": ledger.spooled(job).state}
        yield {"copy": job, "state": ledger.progressed(job, 1).state}
        ends: tuple[JobOutcome, ...] = (
            Printed(1),
            NotPrinted("printer.no_paper"),
            PrintDoubtful("printer.doubtful", 1),
        )
        yield {"copy": job, "state": ledger.resolve(job, self.chance.choice(ends)).state}

    def _report(self) -> Told:
        self.reports += 1
        detail = f"{self.reports}"
        self.store.settings.report_devices((DeviceReport(name="x", kind="x", state="x", detail=detail),))
        return {"reports": self.reports}


def reports_of(store: Store) -> int:
    """Return how many reports were made in all, as the last one says."""
    return max((int(report.detail or 0) for report in store.settings.devices()), default=0)


def present_key(data_dir: Path) -> str:
    """Return the id of the key that the terminal signs with."""
    return key_id(opened(enrolment.read(data_dir).key).public_key().public_bytes_raw())


def make_careless(careless: str) -> Callable[[Store], None]:
    """Leave out one precaution, so that a harness can show that it would find its lack: return what to do to a store.

    ``commit``: SQLite no longer flushes at each commit. ``folder``: a new name of a private file is not flushed.
    """
    if careless == "folder":
        private_files.sync_folder = _leave_unflushed

    def change(store: Store) -> None:
        if careless == "commit":
            store._database._connection.execute("PRAGMA synchronous = NORMAL")

    return change


def _leave_unflushed(folder: Path) -> None:
    """Do nothing about the names in a folder."""


def say(told: Told) -> None:
    """Tell whoever started this process."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


async def _work(asked: argparse.Namespace) -> None:
    data_dir, clock = Path(asked.folder), SystemClock()
    chance = random.Random(asked.seed)  # noqa: S311 - to be repeated
    await asyncio.sleep(asked.late)
    terminal = enrolment.load(data_dir)
    with open_store(data_dir / "terminal.sqlite3", clock, terminal) as store:
        work = Work(data_dir, store, chance, reports_of(store))
        async with CentreClient(asked.centre, clock, terminal=terminal) as client:
            roll = KeyRoll(data_dir)
            while True:
                if chance.randrange(_KEY_ROUND) == 0:
                    await roll.roll(store, client)
                    say({"key": present_key(data_dir)})
                say(work.export() if chance.randrange(_FERRY_ROUND) == 0 else work.task())


def main() -> None:
    """Work until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--centre", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--late", type=float, default=0.0)
    asyncio.run(_work(parser.parse_args()))


if __name__ == "__main__":
    main()
