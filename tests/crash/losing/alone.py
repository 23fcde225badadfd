"""The same work where no centre can be reached: the tests' invented centre signs receipts and bundles on the spot.

``python -m tests.crash.losing.alone FOLDER --seed SEED [--careless WHAT]`` works until it is killed.
"""

import argparse
import random
from dataclasses import dataclass
from pathlib import Path

from kiosk import private_files
from kiosk.store import Store
from kiosk.store.recovery import open_store
from kiosk.sync import enrolment
from kiosk.sync.new_key import new_key
from tests.crash.losing.work import Told, Work, make_careless, present_key, reports_of, say
from tests.terminal_parts import DEVICE_KEY, receipt_for
from tests.terminal_parts import enrolment as invented
from wire.bundle import digest_of
from wire.clock import SystemClock
from wire.messages import Bundle, Change, ResourceKind

SETTINGS = 12  # published together, each time anew
_AT_ONCE = 10
_OF_FILES = 12


def be_enrolled(data_dir: Path) -> None:
    """Make a folder that of a terminal of the invented centre."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    identity = enrolment.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=invented())
    enrolment._keep(data_dir, identity)


@dataclass
class WorkAlone(Work):
    """A worker who is its own centre. ``variety``: the fewer kinds of turns, the more of them are keys and bundles."""

    variety: int = 60

    def mixed(self) -> Told:
        """Do one thing of all."""
        turn = self.chance.randrange(self.variety)
        match turn:
            case 0:
                return self.export()
            case 1:
                return self.roll_key()
            case _ if turn < 10:
                return self.take_bundle()
            case _ if turn < 20:
                return self.take_receipts()
            case _:
                return self.task()

    def take_receipts(self) -> Told:
        """Take over receipts for the oldest envelopes."""
        sent = self.store.outbox.pending(_AT_ONCE)
        self.store.outbox.acknowledge(receipt_for(envelope) for envelope in sent)
        return {"delivered": [str(envelope.header.id) for envelope in sent]}

    def take_bundle(self) -> Told:
        """Take over a bundle that changes every setting."""
        since = self.store.resources.cursor()
        content = {"since": since}
        changes = tuple(
            Change(kind=ResourceKind.SETTING, key=f"s{count}", digest=digest_of(content), content=content)
            for count in range(SETTINGS)
        )
        self.store.resources.apply(Bundle(since=since, cursor=since + SETTINGS, changes=changes))
        return {"cursor": since + SETTINGS}

    def roll_key(self) -> Told:
        """Take another key into use."""
        next_key = self.data_dir / "next.key"
        _, stored = new_key(next_key, None)
        self.store.exclusively(lambda last: enrolment.use_key(self.data_dir, stored, former_last_sequence=last))
        private_files.remove(next_key)
        enrolment.forget_former(self.data_dir)
        return {"key": present_key(self.data_dir)}


def bundle_torn(store: Store) -> bool:
    """Tell whether a bundle is there in part."""
    cursor = store.resources.cursor()
    wanted = [{"since": cursor - SETTINGS}] * SETTINGS if cursor else [None] * SETTINGS
    return [store.resources.setting(f"s{count}") for count in range(SETTINGS)] != wanted


def main() -> None:
    """Work until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--careless", choices=("", "commit", "folder"), default="")
    asked = parser.parse_args()
    change = make_careless(asked.careless)
    chance = random.Random(asked.seed)  # noqa: S311 - to be repeated
    with open_store(asked.folder / "terminal.sqlite3", SystemClock(), enrolment.load(asked.folder)) as store:
        change(store)
        variety = _OF_FILES if asked.careless == "folder" else WorkAlone.variety
        work = WorkAlone(asked.folder, store, chance, reports_of(store), variety=variety)
        while True:
            say(work.mixed())


if __name__ == "__main__":
    main()
