"""The terminal's memory: one SQLite file that the application and the sync process share; no other module opens it.

Calls block for a disk flush (milliseconds) and may come from any thread. What a method wrote is on disk when it
returns. Every failure is a :class:`StoreError` with a code.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.cases import Cases
from kiosk.store.copies import CopyState, OutOfOrder, PrintCopy
from kiosk.store.database import Database
from kiosk.store.device_key import KeyExposed
from kiosk.store.errors import StoreCorrupt, StoreDamaged, StoreError, StoreFull, StoreReadOnly, StoreTooNew
from kiosk.store.ferry import Ferry
from kiosk.store.ledger import Ledger
from kiosk.store.outbox import Outbox, Quarantined, Queue
from kiosk.store.resources import Resources
from kiosk.store.settings import Settings
from kiosk.store.support import Support
from kiosk.store.terminal import Terminal
from wire.clock import Clock

__all__ = [
    "Audit",
    "AuditEvent",
    "Cases",
    "CopyState",
    "Ferry",
    "KeyExposed",
    "Ledger",
    "OutOfOrder",
    "Outbox",
    "PrintCopy",
    "Quarantined",
    "Queue",
    "Resources",
    "Settings",
    "Store",
    "StoreCorrupt",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreReadOnly",
    "StoreTooNew",
    "Terminal",
]


@dataclass(frozen=True, slots=True)
class Store:
    """The open file, by subject."""

    outbox: Outbox
    ledger: Ledger
    cases: Cases
    resources: Resources
    settings: Settings
    audit: Audit
    ferry: Ferry
    support: Support
    _terminal: Terminal
    _database: Database

    @classmethod
    def open(cls, path: Path, clock: Clock, terminal: Terminal) -> Self:
        """Open or create the file of an enrolled terminal. Raises :class:`StoreError`."""
        database = Database(path)
        try:
            audit = Audit(database, clock)
            outbox = Outbox(database, clock, terminal, audit)
            resources = Resources(database, audit)
            resources.belong_to(terminal)
            return cls(
                outbox=outbox,
                ledger=Ledger(database, clock, outbox, audit),
                cases=Cases(database, clock, terminal, outbox, audit),
                resources=resources,
                settings=Settings(database, audit),
                audit=audit,
                ferry=Ferry(database, terminal, audit),
                support=Support(database, outbox),
                _terminal=terminal,
                _database=database,
            )
        except BaseException:
            database.close()
            raise

    def changed_elsewhere(self) -> bool:
        """Tell whether another process or connection wrote since the last call; cheap enough to poll."""
        return self._database.changed_elsewhere()

    def exclusively(self, work: Callable[[int], object]) -> None:
        """Call ``work`` while no process can close an envelope, with the sequence of the last one that was closed."""
        with self._database.transaction() as tx:
            row = tx.row("SELECT value FROM counter WHERE name = ?", f"sequence/{self._terminal.enrolment.terminal}")
            work(0 if row is None else int(row[0]))

    def note_key_rolled(self, key_id: str) -> None:
        """Record that another key is in use."""
        with self._database.transaction() as tx:
            self.audit.append(tx, AuditEvent.KEY_ROLLED, key_id)

    @property
    def lost(self) -> StoreCorrupt | None:
        """Why this file has to be replaced (:mod:`kiosk.store.recovery`, at the next start); None while it is sound."""
        return self._database.lost

    def check_file(self) -> None:
        """Read the whole file. Raises :class:`StoreDamaged`."""
        self._database.check()

    def check(self) -> None:
        """Read the whole file and follow the audit chain. Raises :class:`StoreDamaged`."""
        self._database.check()
        self.audit.check()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
