"""Sealed envelopes on their way to the centre: put in with the record they belong to, taken out only by its receipt.

What is stored is the sealed envelope alone, which this terminal cannot open. Nothing is ever deleted without proof:
a stored envelope leaves the centre's signed receipt, a refused one stays, with an owner and a deadline, until staff
send it again or settle it; settled, it still stays, out of the way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from pydantic import ValidationError

from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.counters import take
from kiosk.store.database import Database, Transaction
from kiosk.store.errors import StoreDamaged
from kiosk.store.terminal import Terminal
from wire.clock import CHINA, Clock
from wire.envelope import Envelope, EnvelopeKind
from wire.errors import SignatureWrong
from wire.keys import verifying_key
from wire.messages import PushOutcome, Receipt
from wire.model import Message
from wire.receipts import check_receipt, digest_of_envelope

BATCH_CHARACTERS = 512 * 1024  # of JSON; the centre limits a request's inflated size
SETTLE_WITHIN = timedelta(days=3)  # where the centre could not name a day


class OutboxState(StrEnum):
    """Where an envelope is. Delivered rows are gone from the outbox, and in the table of deliveries."""

    QUEUED = "queued"
    QUARANTINED = "quarantined"
    SETTLED = "settled"
    DELIVERED = "delivered"


class OutboxEvent(StrEnum):
    """What can happen to an envelope."""

    STORED = "stored"  # the centre has it, for good (stored or duplicate)
    REFUSED = "refused"  # the centre will not take it as it is
    RELEASED = "released"  # staff want it sent again
    SETTLED = "settled"  # staff closed it, with a reason


def step(state: OutboxState, event: OutboxEvent) -> OutboxState:
    """Return the state after an event.

    Proof of delivery outlives everything, and what staff settled is not opened again by a late refusal.
    """
    if state is OutboxState.DELIVERED:
        return state
    match event:
        case OutboxEvent.STORED:
            return OutboxState.DELIVERED
        case OutboxEvent.REFUSED:
            return OutboxState.SETTLED if state is OutboxState.SETTLED else OutboxState.QUARANTINED
        case OutboxEvent.SETTLED:
            return OutboxState.SETTLED
        case OutboxEvent.RELEASED:
            return OutboxState.QUEUED
    assert_never(event)


@dataclass(frozen=True, slots=True)
class Queue:
    """How full the outbox is, for the heartbeat and the technician."""

    queued: int
    quarantined: int
    oldest_unsent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An envelope that the centre refused, and why (a code of ``problems.toml``).

    ``owner`` (a staff number; empty: the centre's administrators) has to settle it by ``due_on``.
    """

    id: str
    kind: EnvelopeKind
    sequence: int
    problem: str
    owner: str
    due_on: date

    def overdue(self, today: date) -> bool:
        """Tell whether the deadline has passed."""
        return self.due_on < today


class Outbox:
    """The queue of one terminal."""

    def __init__(self, database: Database, clock: Clock, terminal: Terminal, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._terminal = terminal
        self._audit = audit

    def submit(self, kind: EnvelopeKind, content: Message, subject: str | None = None) -> Envelope:
        """Seal content and queue it. When this returns, it survives a power cut."""
        with self._database.transaction() as tx:
            return self.submit_in(tx, kind, content, subject)

    def submit_in(self, tx: Transaction, kind: EnvelopeKind, content: Message, subject: str | None = None) -> Envelope:
        """Do the same inside a transaction, so that a record and its envelope commit together.

        ``subject``: what it is about (a case number, a print job; nothing of a person). No envelope of a subject is
        sent before the earlier ones of it are out of the way. None: it waits for no other.
        """
        sequence = take(tx, f"sequence/{self._terminal.enrolment.terminal}")
        envelope = self._terminal.close(kind, content, self._clock, sequence)
        enqueue(tx, envelope, subject)
        return envelope

    def pending(self, limit: int) -> list[Envelope]:
        """Return up to ``limit`` envelopes that may be sent now, oldest first, and of each subject the oldest alone.

        Fewer when they are large, but at least one. What waits behind a quarantined one of its subject is left out. A
        row that the disk has spoilt is quarantined here and now: it must not hold up the others.
        """
        batch: list[Envelope] = []
        room = BATCH_CHARACTERS
        for id_, text in self._database.rows(_SENDABLE, limit):
            room -= len(text)
            if batch and room < 0:
                break
            try:
                batch.append(Envelope.model_validate_json(text))
            except ValidationError:
                self.set_aside(UUID(id_), StoreDamaged.code)
                return batch or self.pending(limit)
        return batch

    def acknowledge(self, receipts: Iterable[Receipt]) -> int:
        """Do what the centre's receipts say, in one transaction; return how many envelopes left the queue.

        A receipt for an envelope that is not here changes nothing: it came twice, or was made up. Raises
        :class:`~wire.errors.SignatureWrong`, with nothing changed, when one is not signed by the centre, or confirms
        another envelope than the one that is here.
        """
        centre = verifying_key(self._terminal.enrolment.centre_key)
        checked = list(receipts)
        for receipt in checked:
            check_receipt(receipt, centre)
        with self._database.transaction() as tx:
            return sum(self._settle(tx, receipt) for receipt in checked)

    def set_aside(self, envelope_id: UUID, problem: str) -> None:
        """Quarantine an envelope about which the centre could not say anything. It hears of it by the heartbeat."""
        with self._database.transaction() as tx:
            self._settle(tx, Receipt(id=envelope_id, outcome=PushOutcome.REFUSED, problem=problem))

    def release(self, envelope_id: str) -> bool:
        """Send a quarantined or settled envelope again, as it is. Return False when there is none with this id."""
        with self._database.transaction() as tx:
            changed = tx.run(
                "UPDATE outbox SET state = ?, problem = NULL, owner = '', due_on = NULL WHERE id = ? AND state <> ?",
                step(OutboxState.QUARANTINED, OutboxEvent.RELEASED),
                envelope_id,
                OutboxState.QUEUED,
            )
            if changed:
                self._audit.append(tx, AuditEvent.ENVELOPE_RELEASED, envelope_id)
            return bool(changed)

    def queue(self) -> Queue:
        """Count what waits."""
        counts = {state: (count, oldest) for state, count, oldest in self._database.rows(_COUNTS)}
        queued, oldest = counts.get(OutboxState.QUEUED, (0, None))
        quarantined, _ = counts.get(OutboxState.QUARANTINED, (0, None))
        return Queue(queued, quarantined, None if oldest is None else datetime.fromisoformat(oldest))

    def quarantined(self) -> list[Quarantined]:
        """Return what the centre refused and nobody has settled, oldest first."""
        return [
            Quarantined(id_, EnvelopeKind(kind), sequence, problem, owner, date.fromisoformat(due_on))
            for id_, kind, sequence, problem, owner, due_on in self._database.rows(
                "SELECT id, kind, sequence, problem, owner, coalesce(due_on, '0001-01-01') FROM outbox"
                " WHERE state = ? ORDER BY position",
                OutboxState.QUARANTINED,
            )
        ]

    def state(self, envelope_id: str) -> OutboxState | None:
        """Return where an envelope is; None when it never was here."""
        row = self._database.row("SELECT state FROM outbox WHERE id = ?", envelope_id)
        if row is not None:
            return OutboxState(row[0])
        return OutboxState.DELIVERED if self.delivered(envelope_id) else None

    def delivered(self, envelope_id: str) -> bool:
        """Tell whether there is proof that the centre has an envelope."""
        return self._database.row("SELECT 1 FROM delivery WHERE id = ?", envelope_id) is not None

    def proof(self, envelope_id: str) -> Receipt | None:
        """Return the centre's signed receipt, for which the original was deleted. None: not deleted, or long ago."""
        row = self._database.row("SELECT receipt FROM delivery WHERE id = ?", envelope_id)
        return None if row is None or row[0] is None else Receipt.model_validate_json(row[0])

    def _settle(self, tx: Transaction, receipt: Receipt) -> bool:
        """Do what one receipt says; return whether the envelope left the state in which it was."""
        id_ = str(receipt.id)
        row = tx.row("SELECT state, envelope FROM outbox WHERE id = ?", id_)
        if row is None:
            return False
        before = OutboxState(row[0])
        after = step(before, _EVENTS[receipt.outcome])
        match after:
            case OutboxState.DELIVERED:
                if not _confirms(receipt, row[1]):
                    raise SignatureWrong("receipt is for another envelope with this id")
                tx.run(
                    "INSERT INTO delivery SELECT id, kind, sequence, ?, ?, ? FROM outbox WHERE id = ?",
                    *(receipt.outcome, self._clock.now().isoformat(), receipt.model_dump_json(), id_),
                )
                tx.run("DELETE FROM outbox WHERE id = ?", id_)
                event = AuditEvent.ENVELOPE_DELIVERED
            case OutboxState.QUARANTINED | OutboxState.SETTLED:
                problem = receipt.problem or "centre.refused"
                due_on = receipt.due_on or (self._clock.now() + SETTLE_WITHIN).astimezone(CHINA).date()
                tx.run(
                    "UPDATE outbox SET state = ?, problem = ?, owner = ?, due_on = ? WHERE id = ?"
                    " AND (state, problem, owner, due_on) IS NOT (?, ?, ?, ?)",
                    *(after, problem, receipt.owner, due_on.isoformat(), id_),
                    *(after, problem, receipt.owner, due_on.isoformat()),
                )
                quarantined = after is OutboxState.QUARANTINED
                event = AuditEvent.ENVELOPE_QUARANTINED if quarantined else AuditEvent.ENVELOPE_SETTLED
            case OutboxState.QUEUED:  # pragma: no cover - no receipt puts an envelope back
                return False
            case _:
                assert_never(after)
        if after is not before:
            self._audit.append(tx, event, id_)
        return after is not before


def enqueue(tx: Transaction, envelope: Envelope, subject: str | None = None) -> None:
    """Put a closed envelope at the end of the queue."""
    header = envelope.header
    tx.run(
        "INSERT INTO outbox (id, kind, subject, sequence, queued_at, state, envelope) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(str(header.id), header.kind, subject or str(header.id), header.sequence, header.created_at.isoformat()),
        *(OutboxState.QUEUED, envelope.model_dump_json()),
    )


def _confirms(receipt: Receipt, text: str) -> bool:
    try:
        return receipt.digest == digest_of_envelope(Envelope.model_validate_json(text))
    except ValidationError:
        return False


_EVENTS = {
    PushOutcome.STORED: OutboxEvent.STORED,
    PushOutcome.DUPLICATE: OutboxEvent.STORED,
    PushOutcome.REFUSED: OutboxEvent.REFUSED,
    PushOutcome.SETTLED: OutboxEvent.SETTLED,
}
_COUNTS = "SELECT state, count(*), min(queued_at) FROM outbox GROUP BY state"
_SENDABLE = (
    "SELECT id, envelope FROM outbox WHERE state = 'queued' AND NOT EXISTS (SELECT 1 FROM outbox AS earlier"
    " WHERE earlier.subject = outbox.subject AND earlier.position < outbox.position AND earlier.state <> 'settled')"
    " ORDER BY position LIMIT ?"
)
