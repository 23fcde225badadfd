"""Sealed envelopes on their way to the centre: put in with the record they belong to, taken out only by its receipt.

What is stored is the sealed envelope alone, which this terminal cannot open. Nothing is ever deleted without proof:
a stored envelope leaves a delivery row, a refused one stays in quarantine until staff release it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from pydantic import ValidationError

from kiosk.store.audit import Audit, AuditEvent
from kiosk.store.counters import take
from kiosk.store.database import Database, Transaction
from kiosk.store.errors import StoreDamaged
from kiosk.store.terminal import Terminal
from wire.clock import Clock
from wire.envelope import Envelope, EnvelopeKind
from wire.messages import PushOutcome, Receipt
from wire.model import Message

BATCH_CHARACTERS = 512 * 1024  # of JSON; the centre limits a request's inflated size


class OutboxState(StrEnum):
    """Where an envelope is. Delivered rows are gone from the outbox, and in the table of deliveries."""

    QUEUED = "queued"
    QUARANTINED = "quarantined"
    DELIVERED = "delivered"


class OutboxEvent(StrEnum):
    """What can happen to an envelope."""

    STORED = "stored"  # the centre has it, for good (stored or duplicate)
    REFUSED = "refused"  # the centre will not take it as it is
    RELEASED = "released"  # staff want it sent again


def step(state: OutboxState, event: OutboxEvent) -> OutboxState:
    """Return the state after an event. Proof of delivery outlives everything: a late refusal changes nothing."""
    if state is OutboxState.DELIVERED:
        return state
    match event:
        case OutboxEvent.STORED:
            return OutboxState.DELIVERED
        case OutboxEvent.REFUSED:
            return OutboxState.QUARANTINED
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
    """An envelope that the centre refused, and why (a code of ``problems.toml``)."""

    id: str
    kind: EnvelopeKind
    sequence: int
    problem: str


class Outbox:
    """The queue of one terminal."""

    def __init__(self, database: Database, clock: Clock, terminal: Terminal, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._terminal = terminal
        self._audit = audit

    def submit(self, kind: EnvelopeKind, content: Message) -> Envelope:
        """Seal content and queue it. When this returns, it survives a power cut."""
        with self._database.transaction() as tx:
            return self.submit_in(tx, kind, content)

    def submit_in(self, tx: Transaction, kind: EnvelopeKind, content: Message) -> Envelope:
        """Do the same inside a transaction, so that a record and its envelope commit together."""
        sequence = take(tx, f"sequence/{self._terminal.enrolment.terminal}")
        envelope = self._terminal.close(kind, content, self._clock, sequence)
        tx.run(
            "INSERT INTO outbox (id, kind, sequence, queued_at, state, envelope) VALUES (?, ?, ?, ?, ?, ?)",
            str(envelope.header.id),
            kind,
            sequence,
            envelope.header.created_at.isoformat(),
            OutboxState.QUEUED,
            envelope.model_dump_json(),
        )
        return envelope

    def pending(self, limit: int) -> list[Envelope]:
        """Return up to ``limit`` queued envelopes, oldest first; fewer when they are large, but at least one."""
        batch: list[Envelope] = []
        room = BATCH_CHARACTERS
        for (text,) in self._database.rows(
            "SELECT envelope FROM outbox WHERE state = ? ORDER BY position LIMIT ?", OutboxState.QUEUED, limit
        ):
            room -= len(text)
            if batch and room < 0:
                break
            batch.append(_envelope(text))
        return batch

    def acknowledge(self, receipts: Iterable[Receipt]) -> int:
        """Do what the centre's receipts say, in one transaction; return how many envelopes left the queue.

        A receipt for an envelope that is not here changes nothing: it came twice, or was made up.
        """
        left = 0
        with self._database.transaction() as tx:
            for receipt in receipts:
                row = tx.row("SELECT state FROM outbox WHERE id = ?", str(receipt.id))
                if row is not None:
                    before = OutboxState(row[0])
                    left += self._settle(tx, receipt, before) is not before
        return left

    def release(self, envelope_id: str) -> bool:
        """Send a quarantined envelope again, as it is. Return False when there is none with this id."""
        with self._database.transaction() as tx:
            changed = tx.run(
                "UPDATE outbox SET state = ?, problem = NULL WHERE id = ? AND state = ?",
                step(OutboxState.QUARANTINED, OutboxEvent.RELEASED),
                envelope_id,
                OutboxState.QUARANTINED,
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
        """Return what the centre refused, oldest first."""
        return [
            Quarantined(id=id_, kind=EnvelopeKind(kind), sequence=sequence, problem=problem)
            for id_, kind, sequence, problem in self._database.rows(
                "SELECT id, kind, sequence, problem FROM outbox WHERE state = ? ORDER BY position",
                OutboxState.QUARANTINED,
            )
        ]

    def delivered(self, envelope_id: str) -> bool:
        """Tell whether there is proof that the centre has an envelope."""
        return self._database.row("SELECT 1 FROM delivery WHERE id = ?", envelope_id) is not None

    def _settle(self, tx: Transaction, receipt: Receipt, before: OutboxState) -> OutboxState:
        refused = receipt.outcome is PushOutcome.REFUSED
        after = step(before, OutboxEvent.REFUSED if refused else OutboxEvent.STORED)
        id_ = str(receipt.id)
        match after:
            case OutboxState.DELIVERED:
                tx.run(
                    "INSERT INTO delivery SELECT id, kind, sequence, ?, ? FROM outbox WHERE id = ?",
                    receipt.outcome,
                    self._clock.now().isoformat(),
                    id_,
                )
                tx.run("DELETE FROM outbox WHERE id = ?", id_)
                self._audit.append(tx, AuditEvent.ENVELOPE_DELIVERED, id_)
            case OutboxState.QUARANTINED:
                problem = receipt.problem or "centre.refused"
                tx.run("UPDATE outbox SET state = ?, problem = ? WHERE id = ?", after, problem, id_)
                self._audit.append(tx, AuditEvent.ENVELOPE_QUARANTINED, id_)
            case OutboxState.QUEUED:  # pragma: no cover - no receipt puts an envelope back
                pass
            case _:
                assert_never(after)
        return after


def _envelope(text: str) -> Envelope:
    try:
        return Envelope.model_validate_json(text)
    except ValidationError as error:
        raise StoreDamaged("a queued envelope cannot be read") from error


_COUNTS = "SELECT state, count(*), min(queued_at) FROM outbox GROUP BY state"
