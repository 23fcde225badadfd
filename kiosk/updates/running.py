"""One run of the update agent on this machine: everything opened, asked, reported, closed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from kiosk.config import Config
from kiosk.occupancy import Occupancy, Occupied
from kiosk.store import Store
from kiosk.store.recovery import open_store
from kiosk.sync import enrolment, update_request
from kiosk.sync.errors import NotEnrolled
from kiosk.sync.line import line_to
from kiosk.updates.agent import Agent, Here
from kiosk.updates.errors import StickRefused, UpdateError
from kiosk.updates.fetching import Sleep
from kiosk.updates.files import coded
from kiosk.updates.folder import UpdateFolder
from kiosk.updates.system import Machine
from kiosk.wish import Answer, Wishes
from wire.clock import Clock, SystemClock
from wire.errors import WireError
from wire.release import UpdateReport
from wire.release_keys import release_keys

STICK_FOLDER = "bianmin-update"
STICK_WISHES = Wishes("stick-wanted", "stick-taken.json")
_LONGEST_STICK_S = 900.0
_TELL_S = 60.0


async def look(config: Config, machine: Machine, sleep: Sleep = asyncio.sleep) -> UpdateReport:
    """Follow the centre, and apply what is due. Raises NotEnrolled, StoreError, UpdateError."""
    with coded():
        update_request.take(config.data_dir)  # first of all: whatever fails below is not tried again at once
    clock = SystemClock()
    terminal = enrolment.load(config.data_dir)
    folder = UpdateFolder(machine.releases)
    with folder.turn(), open_store(config.database, clock, terminal) as store:
        agent = _agent(folder, machine, config, clock, idle_of(config, store))
        agent.look()
        await _fulfil(agent, config, machine.stick)
        store.settings.report_update(agent.report())
        async with _telling(store, agent), line_to(config.centre, clock, terminal) as client:
            await agent.follow_centre(client, sleep)
        agent.apply_when_due()
        report = agent.report()
        store.settings.report_update(report)
        return report


async def take_from_stick(stick: Path, config: Config, machine: Machine, *, at_once: bool) -> UpdateReport:
    """Take a release from a stick, and apply it when that is due. Raises what :func:`look` does, and WireError.

    A terminal that is not enrolled yet can be brought up to date as well.
    """
    clock, folder = SystemClock(), UpdateFolder(machine.releases)
    with folder.turn(urgent=True), ExitStack() as stack:
        try:
            terminal = enrolment.load(config.data_dir)
        except NotEnrolled:
            return await _from_stick(_agent(folder, machine, config, clock, lambda: True), stick, at_once=at_once)
        store = stack.enter_context(open_store(config.database, clock, terminal))
        agent = _agent(folder, machine, config, clock, idle_of(config, store))
        report = await _from_stick(agent, stick, at_once=at_once)
        store.settings.report_update(report)
        return report


async def ask_for_stick(config: Config, sleep: Sleep = asyncio.sleep) -> str:
    """Let the agent take the release from the stick that is plugged in; return its version.

    Raises :class:`StickRefused` with the agent's code, or when it does not answer in a quarter of an hour.
    """
    with coded():
        told = await STICK_WISHES.fulfilled(config.data_dir, longest_s=_LONGEST_STICK_S, sleep=sleep)
    if told.code:
        raise StickRefused(told.code)
    return str(told.told["version"])


async def _fulfil(agent: Agent, config: Config, stick: Path) -> None:
    """Do what a technician wished for at the screen, and answer."""
    wanted = STICK_WISHES.take(config.data_dir)
    if wanted is None:
        return
    try:
        told = Answer(wanted.id, told={"version": await agent.follow_stick(_inner(stick), at_once=True)})
    except (UpdateError, WireError) as error:
        told = Answer(wanted.id, code=error.code)
    with coded():
        STICK_WISHES.tell(config.data_dir, told)


def _inner(stick: Path) -> Path:
    inner = stick / STICK_FOLDER
    return inner if inner.is_dir() else stick


def idle_of(config: Config, store: Store) -> Callable[[], bool]:
    """Return what tells whether a restart would disturb nobody: no visit, and no copy between order and tray."""
    occupancy = Occupancy(config.data_dir)

    def idle() -> bool:
        with suppress(Occupied), occupancy.alone():
            return not store.ledger.unfinished()
        return False

    return idle


def _agent(folder: UpdateFolder, machine: Machine, config: Config, clock: Clock, idle: Callable[[], bool]) -> Agent:
    here = Here(machine.running(), machine.boot_id(), release_keys(machine.keys), machine.verdicts)
    waits = partial(STICK_WISHES.is_there, config.data_dir)
    return Agent(folder, here, clock, config.updates, idle=idle, wanted=waits)


async def _from_stick(agent: Agent, stick: Path, *, at_once: bool) -> UpdateReport:
    agent.look()
    await agent.follow_stick(_inner(stick), at_once=at_once)
    agent.apply_when_due()
    return agent.report()


@asynccontextmanager
async def _telling(store: Store, agent: Agent) -> AsyncIterator[None]:
    """Keep the heartbeat told how far the transfer is."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(_TELL_S)
            store.settings.report_update(agent.report())

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
