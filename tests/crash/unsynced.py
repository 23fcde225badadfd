"""Power cuts that take every write that was not flushed, under the real store, files, sync process and centre.

At each point the application's work and the sync process run on a disk that forgets (:mod:`~.losing.mount`), until
the power goes in the middle of one of its writing calls: which one, and what is lost, come from seed and point alone.
Then everything is opened again with the real code, and what was told before must be there. The next point goes on
from there; at the end the queue is sent, and both sides are compared.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kiosk.store import Store
from kiosk.store.copies import FINAL
from kiosk.store.recovery import open_store
from kiosk.sync import enrolment, rounds
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreError
from kiosk.sync.key_roll import KeyRoll
from tests.crash.losing.centre_at_hand import KNOWN_SERIALS, CentreAtHand, CentreBooks, centre_at_hand
from tests.crash.losing.mount import why_not
from tests.crash.losing.power import cut_at, work_until_cut
from tests.crash.losing.promises import Promises
from tests.crash.losing.work import STICK, Told
from tests.crash.tally import Finding, Tally
from wire.clock import SystemClock

HARNESS = "unsynced"
_WORK = ("tests.crash.losing.work",)
_EARLY_CALLS, _MOST_CALLS = 300, 3000
_LATEST_S = 1.5  # by which the application may start after the sync process
_CONFIG = """\
data_dir = "{data_dir}"
centre.url = "{url}"
camera.source = 0
printer = {{ queue = "x", uri = "ipp://127.0.0.1/x" }}
"""


class CannotRun(Exception):
    """Nothing can be mounted on this machine."""


@dataclass
class _Life:
    """One terminal from cut to cut. ``disk``: what is on disk while the power is off; ``at``: where it is mounted."""

    seed: int
    root: Path
    centre: CentreAtHand
    tally: Tally
    promises: Promises = field(default_factory=Promises)
    told_at: dict[str, int] = field(default_factory=dict)

    @property
    def disk(self) -> Path:
        """The terminal's data folder while the power is off."""
        return self.root / "disk"

    def begin(self) -> None:
        """Enrol."""
        for name in ("disk", "at"):
            (self.root / name).mkdir(mode=0o700)
        asyncio.run(self._enrol())
        config = _CONFIG.format(data_dir=self.root / "at", url=self.centre.url)
        (self.root / "terminal.toml").write_text(config, encoding="utf-8")

    def point(self, number: int) -> None:
        """Work until the power goes, and look what is there afterwards."""
        cut, chance = cut_at(self.seed, number, _EARLY_CALLS, _MOST_CALLS)
        self.centre.publish(number + 1)
        worker = [*_WORK, str(self.root / "at"), "--centre", self.centre.url, "--seed", cut.name]
        worker += ["--late", str(chance.random() * _LATEST_S)]
        sync = ("kiosk", "sync", "--config", str(self.root / "terminal.toml"))
        path, call = work_until_cut(self.root, cut, worker, [sync], partial(self._note, number))
        self.tally.places[_kind_of(path), call] += 1
        self.tally.points += 1
        self._look(number)

    def end(self, number: int) -> None:
        """Send what is queued, and compare what both sides have."""
        with self._opened() as store:
            asyncio.run(self._send(store))
            centre = self.centre.books()
            self._lost(number, self._gone_at_centre(store, centre))
            self._lost(number, (f"queue is empty, not {count}" for count in [store.outbox.queue().queued] if count))
            doubled = [case for case in set(centre.cases) if centre.cases.count(case) > 1]
            self._doubled(number, [f"case {case} is there twice" for case in doubled])

    def _look(self, number: int) -> None:
        with self._opened() as store:
            self._lost(number, self.promises.broken(store, self.disk))
            self._doubled(number, self.promises.twice(store))
            self._lost(number, self._resources_torn(store))
            try:
                asyncio.run(self._heard(store))
            except CentreError as error:
                self._lost(number, [f"the centre knows the terminal's key: {error}"])

    def _resources_torn(self, store: Store) -> Iterator[str]:
        here = {
            (kind, key): digest for kind, key, digest in store._database.rows("SELECT kind, key, digest FROM resource")
        }
        cursor = store.resources.cursor()
        for kind, key, digest, changed in self.centre.books().published:
            if changed <= cursor and here.get((kind, key)) != digest:
                yield f"last bundle is whole: {kind} {key}"

    def _gone_at_centre(self, store: Store, centre: CentreBooks) -> Iterator[str]:
        settled = {kept.id for kept in store.outbox.quarantined()} & centre.quarantined
        for envelope, case in self.promises.applications.items():
            if envelope not in centre.envelopes or case not in centre.cases:
                yield f"application {envelope}"
        for envelope in self.promises.delivered - centre.envelopes:
            yield f"{envelope} at the centre"
        for job, serial, state in store._database.rows("SELECT job_name, serial, state FROM print_copy"):
            if state in FINAL and serial in KNOWN_SERIALS and centre.copies.get(job) != state:
                yield f"copy {job} is {state} at the centre"
        yield from (f"{kept.id} in quarantine" for kept in store.outbox.quarantined() if kept.id not in settled)

    def _note(self, number: int, told: Told) -> None:
        self.promises.note(told)
        self.told_at |= {str(value): number for value in told.values()}

    def _lost(self, number: int, promises: "Iterator[str] | list[str]") -> None:
        self.tally.lost += [Finding(promise, self.seed, self._when(promise, number)) for promise in promises]

    def _doubled(self, number: int, promises: "Iterator[str] | list[str]") -> None:
        self.tally.doubled += [Finding(promise, self.seed, self._when(promise, number)) for promise in promises]

    def _when(self, promise: str, number: int) -> int:
        """Return the point at which what a promise names was told; it was lost there or later."""
        return next((self.told_at[word] for word in promise.split() if word in self.told_at), number)

    @contextmanager
    def _opened(self) -> Iterator[Store]:
        with open_store(self.disk / "terminal.sqlite3", SystemClock(), enrolment.load(self.disk)) as store:
            yield store

    def _line(self) -> CentreClient:
        return CentreClient(self.centre.url, SystemClock(), terminal=enrolment.load(self.disk))

    async def _enrol(self) -> None:
        async with CentreClient(self.centre.url, SystemClock()) as client:
            await enrolment.enrol(self.disk, client, self.centre.code, "crash")

    async def _heard(self, store: Store) -> None:
        async with self._line() as client:
            await client.heartbeat(rounds.report(store, SystemClock(), "crash"))

    async def _send(self, store: Store) -> None:
        async with self._line() as client:
            await rounds.push(store, client)
            roll = KeyRoll(self.disk)
            if roll.pending():
                await roll.roll(store, client)
            await rounds.heartbeat(store, client, SystemClock(), "crash")


def _kind_of(path: str) -> str:
    """Return a path without what differs from one time to the next."""
    return STICK if path.startswith(STICK) else path


def run(points: int, seed: int) -> Tally:
    """Cut the power at so many points. Raises :class:`CannotRun` with the reason where nothing can be mounted."""
    if reason := why_not():
        raise CannotRun(reason)
    tally = Tally(HARNESS)
    with tempfile.TemporaryDirectory(prefix="bianmin-unsynced-") as folder:
        root = Path(folder)
        with centre_at_hand(root / "centre") as centre:
            life = _Life(seed, root, centre, tally)
            life.begin()
            for number in range(points):
                life.point(number)
            life.end(points)
    return tally


if __name__ == "__main__":
    began = time.monotonic()
    wanted, first = int(sys.argv[1]), int(sys.argv[2])
    found = run(wanted, first)
    sys.stdout.write(f"{found}\n{time.monotonic() - began:.1f} s\n")
