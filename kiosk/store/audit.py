"""What happened on this terminal, in order: append-only, each row bound to the one before by its digest.

Names of events and ids only, nothing of a person. A row that was changed, removed or put in between shows in
:meth:`Audit.check`; that the newest rows were cut off shows only to somebody who remembered :meth:`Audit.head`.
"""

import hashlib
from enum import StrEnum

import cbor2

from kiosk.store.database import Database, Transaction
from kiosk.store.errors import StoreDamaged
from wire.clock import Clock

_START = bytes(32)


class AuditEvent(StrEnum):
    """What is recorded; the subject's id in brackets."""

    TERMINAL_CHANGED = "terminal_changed"  # terminal
    APPLICATION_SUBMITTED = "application_submitted"  # envelope
    ENVELOPE_DELIVERED = "envelope_delivered"  # envelope
    ENVELOPE_QUARANTINED = "envelope_quarantined"  # envelope
    ENVELOPE_RELEASED = "envelope_released"  # envelope
    ENVELOPE_SETTLED = "envelope_settled"  # envelope
    COPY_RESERVED = "copy_reserved"  # job name
    COPY_DELIVERED = "copy_delivered"  # job name
    COPY_VOID = "copy_void"  # job name
    COPY_DOUBTFUL = "copy_doubtful"  # job name
    COPY_SETTLED = "copy_settled"  # job name: a person decided a doubtful one
    STORE_SET_ASIDE = "store_set_aside"  # name of the damaged file
    RESOURCES_CHANGED = "resources_changed"  # cursor
    OUT_OF_SERVICE = "out_of_service"  # command
    IN_SERVICE = "in_service"  # command
    TECHNICIAN_TRY = "technician_try"  # how many in a row without the right PIN, this one included
    TECHNICIAN_IN = "technician_in"  # 0


class Audit:
    """The log of one terminal."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(self, tx: Transaction, event: AuditEvent, subject: str) -> None:
        """Record an event in the transaction that makes it true. ``subject`` is an id, never of a person."""
        number, previous = _head(tx.row("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1"))
        at = self._clock.now().isoformat()
        digest = _digest(previous, number + 1, at, event, subject)
        tx.run("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", number + 1, at, event, subject, digest)

    def head(self) -> tuple[int, bytes]:
        """Return the number of rows and the last digest (32 bytes)."""
        return _head(self._database.row("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1"))

    def check(self) -> int:
        """Follow the chain; return its length. Raises :class:`StoreDamaged` at the first row that does not fit."""
        previous, last = _START, 0
        for number, at, event, subject, digest in self._database.rows("SELECT * FROM audit ORDER BY number"):
            if number != last + 1 or digest != _digest(previous, number, at, event, subject):
                raise StoreDamaged(f"audit log was altered at row {last + 1}")
            previous, last = digest, number
        return last

    def events(self) -> list[tuple[str, str]]:
        """Return (event, subject) of every row, oldest first."""
        return [
            (event, subject)
            for event, subject in self._database.rows("SELECT event, subject FROM audit ORDER BY number")
        ]


def _head(row: tuple[int, bytes] | tuple[()] | None) -> tuple[int, bytes]:
    return (row[0], row[1]) if row else (0, _START)


def _digest(previous: bytes, number: int, at: str, event: str, subject: str) -> bytes:
    return hashlib.sha256(previous + cbor2.dumps([number, at, str(event), subject], canonical=True)).digest()
