"""What happened on this terminal, in order: append-only, each row bound to the one before by its digest.

Names of events and ids only, nothing of a person. A row that was changed, removed or put in between shows in
:meth:`Audit.check`; that the newest rows were cut off shows only to somebody who remembered the head: the centre,
which gets every row. What it confirmed may go after :data:`KEPT`, in one transaction with a row that says so.
"""

from datetime import timedelta
from enum import StrEnum

from kiosk.store.database import Database, Transaction
from kiosk.store.errors import StoreDamaged
from kiosk.store.terminal import Terminal
from wire.audit import MOST_ROWS, START, STORE_SET_ASIDE, AuditBatch, AuditReply, AuditRow, digest_of_row, sign_batch
from wire.clock import Clock

KEPT = timedelta(days=180)  # a technician who looks into a complaint finds the terminal's own record
_LAST = "SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1"
_DROPPED = "SELECT through, digest FROM audit_rotation ORDER BY through DESC LIMIT 1"


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
    STORE_SET_ASIDE = STORE_SET_ASIDE  # name of the damaged file
    RESOURCES_CHANGED = "resources_changed"  # cursor
    OUT_OF_SERVICE = "out_of_service"  # command
    IN_SERVICE = "in_service"  # command
    TECHNICIAN_TRY = "technician_try"  # how many in a row without the right PIN, this one included
    TECHNICIAN_IN = "technician_in"  # 0
    KEY_ROLLED = "key_rolled"  # id of the new key
    AUDIT_ROTATED = "audit_rotated"  # number of the last row dropped
    FERRY_EXPORTED = "ferry_exported"  # number of the export
    FERRY_IMPORTED = "ferry_imported"  # number of the answer


class Audit:
    """The log of one terminal."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(self, tx: Transaction, event: AuditEvent, subject: str) -> None:
        """Record an event in the transaction that makes it true. ``subject`` is an id, never of a person."""
        number, previous = _head(tx)
        at = self._clock.now().isoformat()
        digest = digest_of_row(previous, number + 1, at, event.value, subject)
        tx.run("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", number + 1, at, event, subject, digest)

    def head(self) -> tuple[int, bytes]:
        """Return the number of the last row, and its digest (32 bytes)."""
        return _head(self._database)

    def check(self) -> int:
        """Follow the chain; return the number of its last row.

        Raises :class:`StoreDamaged` at the first row that does not fit.
        """
        last, previous = self._dropped()
        for number, at, event, subject, digest in self._database.rows("SELECT * FROM audit ORDER BY number"):
            if number != last + 1 or digest != digest_of_row(previous, number, at, event, subject):
                raise StoreDamaged(f"audit log was altered at row {last + 1}")
            last, previous = number, digest
        return last

    def events(self) -> list[tuple[str, str]]:
        """Return (event, subject) of every row, oldest first."""
        return [
            (event, subject)
            for event, subject in self._database.rows("SELECT event, subject FROM audit ORDER BY number")
        ]

    def at_centre(self) -> int:
        """Return how far the centre has the log and found it whole, as it last said."""
        row = self._database.row("SELECT number FROM audit_centre")
        return 0 if row is None else int(row[0])

    def batch(self, terminal: Terminal, *, after: int | None = None, current: bool = True) -> AuditBatch:
        """Return up to :data:`~wire.audit.MOST_ROWS` rows after a number, signed. None: after what the centre has.

        ``current``: False when the batch is carried and the log may grow before it arrives.
        """
        start = max(self.at_centre() if after is None else after, self._dropped()[0])
        head, head_digest = self.head()
        rows = tuple(
            AuditRow(number=number, at=at, event=event, subject=subject, digest=digest)
            for number, at, event, subject, digest in self._database.rows(
                "SELECT * FROM audit WHERE number > ? AND number <= ? ORDER BY number LIMIT ?", start, head, MOST_ROWS
            )
        )
        batch = AuditBatch(
            rows=rows,
            previous=self._digest(start) or START,
            oldest=self._dropped()[0] + 1,
            head=head,
            head_digest=head_digest,
            current=current,
        )
        return sign_batch(batch, terminal.enrolment.terminal, terminal.key)

    def confirm(self, reply: AuditReply) -> bool:
        """Note how far the centre has the log; return whether that moved.

        What it knows differently is sent again from the beginning, so that it sees where the two part.
        """
        number = reply.number if self._digest(reply.number) == reply.digest else 0
        with self._database.transaction() as tx:
            return bool(tx.run("UPDATE audit_centre SET number = ? WHERE number <> ?", number, number))

    def rotate(self, kept: timedelta = KEPT) -> int:
        """Drop rows that are older than ``kept`` and that the centre has; return how many went."""
        limit = (self._clock.now() - kept).isoformat()
        with self._database.transaction() as tx:
            ((young,),) = tx.rows("SELECT coalesce(min(number), 0) FROM audit WHERE at >= ?", limit)
            ((confirmed,),) = tx.rows("SELECT number FROM audit_centre")
            through = min(confirmed, (young or _head(tx)[0]) - 1)
            row = tx.row("SELECT digest FROM audit WHERE number = ?", through)
            if row is None:
                return 0
            tx.run("INSERT INTO audit_rotation VALUES (?, ?, ?)", through, row[0], self._clock.now().isoformat())
            self.append(tx, AuditEvent.AUDIT_ROTATED, str(through))
            return tx.run("DELETE FROM audit WHERE number <= ?", through)

    def _digest(self, number: int) -> bytes | None:
        """Return the digest of a row; also of the last one that was dropped, and of the beginning."""
        dropped, digest = self._dropped()
        if number == dropped:
            return digest
        row = self._database.row("SELECT digest FROM audit WHERE number = ?", number)
        return None if row is None else bytes(row[0])

    def _dropped(self) -> tuple[int, bytes]:
        row = self._database.row(_DROPPED)
        return (0, START) if row is None else (row[0], row[1])


def _head(source: Database | Transaction) -> tuple[int, bytes]:
    row = source.row(_LAST)
    return (0, START) if row is None else (row[0], row[1])
