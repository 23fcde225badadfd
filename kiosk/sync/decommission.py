"""The end of a terminal: what is unsent goes to the centre or onto a stick, the centre hears of it, all is erased."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kiosk import private_files
from kiosk.config import Config
from kiosk.store import Store, Terminal
from kiosk.store.erasing import erase
from kiosk.store.recovery import open_store
from kiosk.sync import enrolment, rounds
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreError
from kiosk.sync.ferry import Ferry
from kiosk.sync.line import line_to
from wire.clock import Clock
from wire.messages import DeviceReport

RESET_WANTED = "factory-reset-wanted"
_CODE = "terminal.decommissioned"
GONE = DeviceReport(name="decommissioned", kind="health", state="notice", detail=f"{_CODE}; ")


@dataclass(frozen=True, slots=True)
class Ending:
    """How it is to end. ``version``: of this program, for the centre. ``export``: folder for what cannot be sent.

    ``reset``: a file is left for which a path unit waits, and with it goes the data partition's own key.
    """

    version: str
    export: Path | None = None
    lose_unsent: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """What was done. ``exported``: the ferry file with ``carried`` envelopes; ``told``: the centre knows."""

    terminal: str
    pushed: int
    told: bool
    exported: str | None
    carried: int
    files: int


async def decommission(
    config: Config, terminal: Terminal, store: Store, client: CentreClient, clock: Clock, *, how: Ending
) -> Ended:
    """Do it. Raises :class:`~kiosk.store.erasing.StillUnsent`, StoreError, WireError (bad stick): nothing is erased.

    Without a line what is queued stays, and has to be exported or given up. ``store`` is closed afterwards.
    """
    pushed, told = 0, False
    with suppress(CentreError):
        pushed = await rounds.push(store, client)
        await rounds.audit(store, client, terminal, anyway=True)
        queue = store.outbox.queue()
        if how.lose_unsent or queue.queued + queue.quarantined == 0 or how.export is not None:
            await rounds.heartbeat(store, client, clock, how.version, (GONE,))
            told = True
    carried: set[str] = set()
    exported = None
    if how.export is not None:
        carried = {str(envelope.id) for envelope in store.ferry.queued()}
        exported = Ferry(store, terminal, clock, config.data_dir).export(how.export, how.version).path.name
    store.close()
    files = await asyncio.to_thread(erase, config.database, carried=carried, lose_unsent=how.lose_unsent)
    if how.reset:
        private_files.replace(config.data_dir / RESET_WANTED, b"")
    return Ended(terminal.enrolment.terminal, pushed, told, exported, len(carried), files)


async def end_here(config: Config, clock: Clock, how: Ending) -> Ended:
    """Do it to the terminal of a configuration, with a store and a line of its own. Raises NotEnrolled besides."""
    terminal = enrolment.load(config.data_dir)
    store = open_store(config.database, clock, terminal)
    async with line_to(config.centre, clock, terminal) as client:
        return await decommission(config, terminal, store, client, clock, how=how)
