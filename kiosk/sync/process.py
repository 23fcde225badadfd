"""The sync process: keeps pushing, pulling and reporting, through any outage, and says in its log only what changed.

It shares nothing with the application but the database file, whose change it notices by polling (``PRAGMA
data_version``, microseconds): a second signal beside the data could get lost, the data cannot.
"""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

import structlog

from kiosk import health
from kiosk.config import Config
from kiosk.store import Store, StoreCorrupt, StoreError, Terminal
from kiosk.store.recovery import open_store
from kiosk.sync import enrolment, rounds
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreError, CentreUnreachable, NotEnrolled
from kiosk.sync.key_roll import KeyRoll
from kiosk.sync.line import line_to
from kiosk.sync.pace import Pace
from kiosk.sync.support_request import ask
from kiosk.sync.update_request import ask as ask_for_update
from kiosk.watchdog import ServiceManager, Sign, Watchdog
from wire.clock import Clock, SystemClock
from wire.messages import CommandKind, DeviceReport

TURN_HOLDS_S = 900.0  # a turn may fetch much over a slow line; each request has its own, shorter, patience

_log = structlog.get_logger("sync")
_LOOK_AGAIN_S = 2.0


@dataclass(slots=True)
class _Job:
    """One of the three things to do, when it is next due (by the monotonic clock), and how it went.

    ``once`` tells whether the centre was asked: only then does a success say anything about the line.
    """

    name: str
    every_s: float
    due: float
    once: Callable[[], Awaitable[bool]]
    failures: int = 0
    trouble: str | None = None


class Synchroniser:
    """Push, pull and heartbeat of one terminal, each with its own due time."""

    def __init__(
        self,
        store: Store,
        client: CentreClient,
        clock: Clock,
        *,
        program_version: str,
        pace: Pace | None = None,
        random_source: Callable[[], float] = random.random,
        terminal: Terminal | None = None,
        key_roll: KeyRoll | None = None,
        health: Callable[[], tuple[DeviceReport, ...]] = tuple,
        data_dir: Path | None = None,
    ) -> None:
        """``terminal``: whose audit log is sent, and ``key_roll``: whose key can be rolled; None where neither is.

        ``health``: what the heartbeat says of the machine. ``data_dir``: where it is noted that the centre wants a
        support bundle, or has a release: other processes see to those; this one reads no log and fetches no release.
        """
        self._store = store
        self._client = client
        self._clock = clock
        self._version = program_version
        self._pace = pace or Pace()
        self._random = random_source
        now = clock.monotonic()
        self._push = _Job("push", self._pace.push_s, now, self._push_once)
        self._pull = _Job("pull", self._pace.pull_s, now, self._pull_once)
        self._heartbeat = _Job("heartbeat", self._pace.heartbeat_s, now, self._heartbeat_once)
        self._jobs = (self._push, self._pull, self._heartbeat)
        self._line_lost = False
        self._terminal = terminal
        self._key_roll = key_roll
        self._health = health
        self._data_dir = data_dir
        self._audit_shown = False
        self._update_asked: UUID | None = None
        self._turned_at: float | None = None

    def turned(self) -> Sign:
        """Tell the watchdog when the loop last came round."""
        return Sign(self._turned_at, TURN_HOLDS_S)

    async def run(self, stop: asyncio.Event, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Work until ``stop`` is set, then give up what is under way: it is asked again next time."""
        work = asyncio.create_task(self._work(sleep))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
            stopping.cancel()
            _, broken = await asyncio.gather(stopping, work, return_exceptions=True)
        if isinstance(broken, Exception):
            raise broken

    async def tick(self) -> None:
        """Do what is due now."""
        if self._store.changed_elsewhere() and self._store.outbox.queue().queued:
            self._push.due = self._clock.monotonic()
        for job in self._jobs:
            if job.due <= self._clock.monotonic():
                await self._attempt(job)

    async def _work(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        while True:
            self._turned_at = self._clock.monotonic()
            await self.tick()
            await sleep(self._pace.poll_s)

    async def _attempt(self, job: _Job) -> None:
        try:
            asked = await job.once()
        except StoreCorrupt:
            raise  # the next start replaces the file
        except (CentreError, StoreError) as error:
            job.failures += 1
            job.due = self._clock.monotonic() + self._pace.retry_s(job.failures, self._random)
            self._note_trouble(job, error)
        else:
            job.failures = 0
            job.due = self._clock.monotonic() + job.every_s
            self._note_success(job, asked=asked)

    def _note_trouble(self, job: _Job, error: CentreError | StoreError) -> None:
        if isinstance(error, CentreUnreachable):
            if not self._line_lost:
                self._line_lost = True
                _log.warning("line lost", reason=str(error))
        elif job.trouble != error.code:
            job.trouble = error.code
            _log.error("refused", job=job.name, code=error.code, reason=str(error))

    def _note_success(self, job: _Job, *, asked: bool) -> None:
        if self._line_lost and asked:
            self._line_lost = False
            _log.info("line back", queued=self._store.outbox.queue().queued)
            for other in self._jobs:
                if other.failures:
                    other.due = self._clock.monotonic()
        if job.trouble is not None:
            job.trouble = None
            _log.info("well again", job=job.name)

    async def _push_once(self) -> bool:
        quarantined = self._store.outbox.queue().quarantined
        sent = await rounds.push(self._store, self._client)
        refused = self._store.outbox.queue().quarantined - quarantined
        if sent:
            _log.info("pushed", envelopes=sent, refused=refused)
        return sent > 0

    async def _pull_once(self) -> bool:
        if await rounds.pull(self._store, self._client, self._clock):
            _log.info("pulled", cursor=self._store.resources.cursor())
        return True

    async def _heartbeat_once(self) -> bool:
        roll = self._key_roll is not None and self._key_roll.pending()
        for command in await rounds.heartbeat(self._store, self._client, self._clock, self._version, self._health()):
            _log.info("command", kind=command.kind.value, id=str(command.id))
            if command.kind is CommandKind.SYNC:
                self._push.due = self._pull.due = self._clock.monotonic()
            if command.kind is CommandKind.SUPPORT_BUNDLE and self._data_dir is not None:
                ask(self._data_dir, self._store, command.id)
            if command.kind is CommandKind.UPDATE and self._data_dir is not None and command.id != self._update_asked:
                ask_for_update(self._data_dir)
                self._update_asked = command.id
            roll |= command.kind is CommandKind.ROLL_KEY
        if roll and self._key_roll is not None:
            _log.info("key rolled", key=await self._key_roll.roll(self._store, self._client))
        if self._terminal is not None:
            await rounds.audit(self._store, self._client, self._terminal, anyway=not self._audit_shown)
            self._audit_shown = True
        return True


async def run(config: Config, stop: asyncio.Event, clock: Clock | None = None) -> None:
    """Be the sync process until ``stop`` is set. Raises NotEnrolled and StoreError at start, each with a code."""
    clock = clock or SystemClock()
    terminal = enrolment.load(config.data_dir)
    with open_store(config.database, clock, terminal) as store:
        async with line_to(config.centre, clock, terminal) as client:
            synchroniser = Synchroniser(
                store,
                client,
                clock,
                program_version=version("bianmin"),
                terminal=terminal,
                key_roll=KeyRoll(config.data_dir),
                health=partial(health.reports, config.data_dir, clock, store.settings),
                data_dir=config.data_dir,
            )
            with ServiceManager.of_environment() as manager:
                watching = asyncio.create_task(Watchdog(manager, clock, {}, {"loop": synchroniser.turned}).run())
                try:
                    await synchroniser.run(stop)
                finally:
                    watching.cancel()
                    await asyncio.gather(watching, return_exceptions=True)


def serve(path: Path) -> None:
    """Be the sync process until SIGTERM or SIGINT; the entry point of ``bianmin sync``.

    A terminal that is nobody's yet has nothing to send: it is waited for. When the configuration at ``path`` is another
    one, this ends, too, for systemd to start it with that.
    """

    async def until_signal() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await _enrolled(path, stop)
        if not stop.is_set():
            watching = asyncio.create_task(_set_when_changed(path, _mark(path), stop))
            try:
                await run(Config.load(path), stop)
            finally:
                watching.cancel()

    asyncio.run(until_signal())


async def _enrolled(path: Path, stop: asyncio.Event) -> None:
    """Return when the terminal has an identity, or ``stop`` is set."""
    while not stop.is_set():
        try:
            enrolment.read(Config.load(path).data_dir)
        except NotEnrolled:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_S):
                    await stop.wait()
        else:
            return


async def _set_when_changed(path: Path, before: tuple[int, int], stop: asyncio.Event) -> None:
    while _mark(path) == before:  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(_LOOK_AGAIN_S)
    _log.info("configuration changed")
    stop.set()


def _mark(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns
