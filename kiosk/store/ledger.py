"""The print ledger: one row for each copy of a certificate, so that every copy ends as exactly one known outcome.

States and the serial only, no document and no name. Each step is on disk before the thing it announces is done: a
copy is ``spooled`` before the spooler gets it, so that after a crash the printer is asked by ``job_name`` about every
copy that may have reached it (:meth:`Ledger.unfinished`), and the others are void.
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from devices.printer.api import JobOutcome, NotPrinted, PrintDoubtful, Printed
from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.copies import FINAL, CopyEvent, CopyState, PrintCopy, step
from kiosk.store.database import Database, Row, Transaction
from kiosk.store.outbox import Outbox
from wire.clock import Clock, unix_ms
from wire.envelope import EnvelopeKind
from wire.ids import uuid7
from wire.messages import PrintOutcome, PrintReceipt, PrintSettler

_COLUMNS = (
    "job_name, item, serial, copy_number, state, impressions, problem, reserved_at, changed_at, reprint, settled_by"
)
_BY_JOB = f"SELECT {_COLUMNS} FROM print_copy WHERE job_name = ?"  # noqa: S608 - constants
_BY_SERIAL = f"SELECT {_COLUMNS} FROM print_copy WHERE serial = ? ORDER BY copy_number"  # noqa: S608 - constants
_DOUBTFUL = f"SELECT {_COLUMNS} FROM print_copy WHERE state = 'doubtful' ORDER BY reserved_at, job_name"  # noqa: S608
_UNFINISHED = (
    f"SELECT {_COLUMNS} FROM print_copy WHERE state IN ('reserved', 'issued', 'spooled', 'printing')"  # noqa: S608
    " ORDER BY reserved_at, job_name"
)


class Ledger:
    """The ledger of one terminal.

    Every method raises KeyError for an unknown ``job_name``, :class:`~kiosk.store.copies.OutOfOrder` for an
    impossible step, and :class:`~kiosk.store.errors.StoreError`; then nothing was changed.
    """

    def __init__(self, database: Database, clock: Clock, outbox: Outbox, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._outbox = outbox
        self._audit = audit

    def reserve(self, item: str) -> PrintCopy:
        """Open a row before the centre is asked for a certificate of ``item``. Its ``job_name`` is unique for ever."""
        now = self._clock.now()
        job_name = str(uuid7(unix_ms(now)))
        with self._database.transaction() as tx:
            tx.run(
                "INSERT INTO print_copy (job_name, item, state, reserved_at, changed_at) VALUES (?, ?, ?, ?, ?)",
                *(job_name, item, CopyState.RESERVED, now.isoformat(), now.isoformat()),
            )
            self._audit.append(tx, AuditEvent.COPY_RESERVED, job_name)
            return _get(tx, job_name)

    def issued(self, job_name: str, serial: str) -> PrintCopy:
        """Note the serial that the centre gave; the copy gets its number, and is marked where it is a reprint."""
        with self._database.transaction() as tx:
            moved = _moved(_get(tx, job_name), CopyEvent.ISSUED)
            earlier = [_copy(row) for row in tx.rows(_BY_SERIAL, serial)]
            reprint = any(copy.may_lie_on_paper for copy in earlier)
            return self._put(tx, replace(moved, serial=serial, copy_number=len(earlier) + 1, reprint=reprint))

    def spooled(self, job_name: str) -> PrintCopy:
        """Note that the job is handed to the spooler next. Call it before, never after."""
        with self._database.transaction() as tx:
            return self._put(tx, _moved(_get(tx, job_name), CopyEvent.SPOOLED))

    def progressed(self, job_name: str, impressions: int) -> PrintCopy:
        """Note that the printer has counted pages. Only the first word is written: the outcome brings the last."""
        with self._database.transaction() as tx:
            copy = _get(tx, job_name)
            moved = _moved(copy, CopyEvent.PAGE_OUT)
            return copy if moved == copy else self._put(tx, replace(moved, impressions=impressions))

    def resolve(self, job_name: str, outcome: JobOutcome) -> PrintCopy:
        """Note how a copy ended, and queue its receipt to the centre in the same transaction.

        The same outcome twice is harmless: one receipt is sent. A copy without a serial ends void, without receipt.
        """
        event, impressions, problem = _told(outcome)
        with self._database.transaction() as tx:
            copy = _get(tx, job_name)
            moved = replace(_moved(copy, event), impressions=impressions, problem=problem)
            if copy.state in FINAL:
                return copy
            self._audit.append(tx, AuditEvent(f"copy_{moved.state}"), job_name)
            self._send_receipt(tx, moved)
            return self._put(tx, moved)

    def answered(self, job_name: str, *, complete: bool) -> PrintCopy:
        """Note what the citizen said of a doubtful copy in their hand, and queue the receipt that says so."""
        with self._database.transaction() as tx:
            copy = self._decide(tx, job_name, PrintSettler.CITIZEN, complete=complete)
            self._send_receipt(tx, copy)
            return copy

    def settle(self, job_name: str, outcome: PrintOutcome) -> bool:
        """Take over what the centre's staff decided about a doubtful copy; return False when there is none to decide.

        The centre knows already: no receipt is sent.
        """
        with self._database.transaction() as tx:
            row = tx.row(_BY_JOB, job_name)
            if row is None or _copy(row).state is not CopyState.DOUBTFUL or outcome is PrintOutcome.DOUBTFUL:
                return False
            self._decide(tx, job_name, PrintSettler.STAFF, complete=outcome is PrintOutcome.DELIVERED)
            return True

    def doubtful(self) -> list[PrintCopy]:
        """Return the copies that wait for a person's word, oldest first."""
        return [_copy(row) for row in self._database.rows(_DOUBTFUL)]

    def unfinished(self) -> list[PrintCopy]:
        """Return the copies without a final state, oldest first: what recovery asks the printer about."""
        return [_copy(row) for row in self._database.rows(_UNFINISHED)]

    def copies(self, serial: str) -> list[PrintCopy]:
        """Return every copy of a certificate, in order."""
        return [_copy(row) for row in self._database.rows(_BY_SERIAL, serial)]

    def copy(self, job_name: str) -> PrintCopy:
        """Return one row."""
        row = self._database.row(_BY_JOB, job_name)
        if row is None:
            raise KeyError(job_name)
        return _copy(row)

    def _decide(self, tx: Transaction, job_name: str, by: PrintSettler, *, complete: bool) -> PrintCopy:
        event = CopyEvent.FOUND_COMPLETE if complete else CopyEvent.FOUND_INCOMPLETE
        copy = replace(_moved(_get(tx, job_name), event), settled_by=by)
        self._audit.append(tx, AuditEvent.COPY_SETTLED, job_name)
        return self._put(tx, copy)

    def _put(self, tx: Transaction, copy: PrintCopy) -> PrintCopy:
        now = self._clock.now()
        tx.run(
            "UPDATE print_copy SET serial = ?, copy_number = ?, state = ?, impressions = ?, problem = ?, changed_at = ?"
            ", reprint = ?, settled_by = ? WHERE job_name = ?",
            *(copy.serial, copy.copy_number, copy.state, copy.impressions, copy.problem, now.isoformat()),
            *(copy.reprint, copy.settled_by, copy.job_name),
        )
        return replace(copy, changed_at=now)

    def _send_receipt(self, tx: Transaction, copy: PrintCopy) -> None:
        if copy.serial is None or copy.copy_number is None:
            return
        receipt = PrintReceipt(
            serial=copy.serial,
            job_name=copy.job_name,
            copy_number=copy.copy_number,
            outcome=PrintOutcome(copy.state),
            impressions=copy.impressions,
            at=self._clock.now(),
            reprint=copy.reprint,
            settled_by=copy.settled_by,
        )
        self._outbox.submit_in(tx, EnvelopeKind.PRINT_RECEIPT, receipt, copy.job_name)


def _told(outcome: JobOutcome) -> tuple[CopyEvent, int | None, str | None]:
    match outcome:
        case Printed(impressions):
            return CopyEvent.PRINTED, impressions, None
        case NotPrinted(code):
            return CopyEvent.NOT_PRINTED, 0, code
        case PrintDoubtful(code, impressions):
            return CopyEvent.DOUBTED, impressions, code
    assert_never(outcome)


def _moved(copy: PrintCopy, event: CopyEvent) -> PrintCopy:
    return replace(copy, state=step(copy.state, event))


def _get(tx: Transaction, job_name: str) -> PrintCopy:
    row = tx.row(_BY_JOB, job_name)
    if row is None:
        raise KeyError(job_name)
    return _copy(row)


def _copy(row: Row) -> PrintCopy:
    job_name, item, serial, copy_number, state, impressions, problem, reserved_at, changed_at, reprint, by = row
    return PrintCopy(
        job_name=job_name,
        item=item,
        serial=serial,
        copy_number=copy_number,
        state=CopyState(state),
        impressions=impressions,
        problem=problem,
        reserved_at=datetime.fromisoformat(reserved_at),
        changed_at=datetime.fromisoformat(changed_at),
        reprint=bool(reprint),
        settled_by=None if by is None else PrintSettler(by),
    )
