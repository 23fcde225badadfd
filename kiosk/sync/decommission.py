"""The end of a terminal: what is unsent goes to the centre or onto a stick, the centre hears of it, all is erased."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kiosk.config import Config
from kiosk.store import Store, Terminal
from kiosk.store.erasing import erase
from kiosk.sync import rounds
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import CentreError
from kiosk.sync.ferry import Ferry
from wire.clock import Clock
from wire.messages import DeviceReport

_CODE = "terminal.decommissioned"
GONE = DeviceReport(name="decommissioned", kind="health", state="notice", detail=f"{_CODE}; ")


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
    config: Config,
    terminal: Terminal,
    store: Store,
    client: CentreClient,
    clock: Clock,
    *,
    version: str,
    export: Path | None = None,
    lose_unsent: bool = False,
) -> Ended:
    """Do it. Raises :class:`~kiosk.store.erasing.StillUnsent`, StoreError, WireError (bad stick): nothing is erased.

    Without a line what is queued stays, and has to be exported or given up. ``store`` is closed afterwards.
    """
    pushed, told = 0, False
    with suppress(CentreError):
        pushed = await rounds.push(store, client)
        await rounds.audit(store, client, terminal, anyway=True)
        if lose_unsent or store.outbox.queue().queued + store.outbox.queue().quarantined == 0 or export is not None:
            await rounds.heartbeat(store, client, clock, version, (GONE,))
            told = True
    carried: set[str] = set()
    exported = None
    if export is not None:
        carried = {str(envelope.id) for envelope in store.ferry.queued()}
        exported = Ferry(store, terminal, clock, config.data_dir).export(export, version).path.name
    store.close()
    files = erase(config.database, carried=carried, lose_unsent=lose_unsent)
    return Ended(terminal.enrolment.terminal, pushed, told, exported, len(carried), files)
