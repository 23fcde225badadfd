"""Queued envelopes come in: each stored and processed in one transaction, once, however often and from how many hands.

A batch in which nothing is wrong shares one transaction (one flush of the disk); else each envelope has its own, for
what cannot be taken in goes to quarantine and is refused, so that one bad envelope never holds up a terminal's queue.
The database's own trouble is no envelope's fault: it goes up, and the terminal sends again.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from central.establish import keys_of
from central.fleet.device_keys import check_signed
from central.fleet.models import Quarantine, ReceivedEnvelope, Terminal
from central.fleet.quarantine import close_stored, keep, stored_receipt
from central.refusal import Refused
from wire.envelope import Envelope, EnvelopeKind, Header, unseal, verify
from wire.errors import WireError
from wire.messages import PushOutcome, Receipt
from wire.model import Message
from wire.receipts import digest_of_envelope

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handler:
    """What is done with one kind of envelope: what is inside, and the work, inside the storing transaction."""

    content: type[Message]
    process: Callable[[Terminal, Header, Any, datetime], object]


Handlers = Mapping[EnvelopeKind, Handler]


@dataclass(frozen=True, slots=True)
class Before:
    """What the centre had of a batch before it: one question for all. Whoever comes in between, the tables stop."""

    stored: Mapping[UUID, tuple[str, str]]
    quarantined: frozenset[UUID]

    @property
    def nothing(self) -> bool:
        """Whether all of the batch is new here."""
        return not self.stored and not self.quarantined


def before(terminal: Terminal, envelope_ids: Collection[UUID]) -> Before:
    """Look which envelopes of a batch are in already, by terminal and digest, and which are in quarantine."""
    stored = ReceivedEnvelope.objects.filter(pk__in=envelope_ids).values_list("id", "terminal", "digest")
    kept = Quarantine.objects.filter(terminal=terminal, envelope_id__in=envelope_ids, settled_at=None)
    return Before(
        stored={id_: (owner, digest) for id_, owner, digest in stored},
        quarantined=frozenset(kept.values_list("envelope_id", flat=True)),
    )


def take_in(
    terminal: Terminal, envelope: Envelope, handlers: Handlers, now: datetime, had: Before | None = None
) -> Receipt:
    """Take in one envelope and say, signed, what became of it. ``had``: of the batch that it came in."""
    had = had or before(terminal, (envelope.header.id,))
    keys_of(terminal.centre)  # a missing key file is our trouble, too
    try:
        outcome = _store(terminal, envelope, handlers, now, had)
    except (OperationalError, InterfaceError):
        raise
    except (Refused, WireError) as error:
        problem = error.code
    except Exception:  # noqa: BLE001 - whatever bug it meets, the queue behind it must move
        _log.exception("envelope %s could not be processed", envelope.header.id)
        problem = "centre.not_processed"
    else:
        return stored_receipt(terminal, envelope.header.id, digest_of_envelope(envelope), outcome)
    return keep(terminal, envelope.header.id, envelope.model_dump_json(), problem, now)


def take_in_together(
    terminal: Terminal, envelopes: Sequence[Envelope], handlers: Handlers, now: datetime
) -> list[Receipt] | None:
    """Take in a batch of which the centre had nothing, in one transaction, and say, signed, that it is stored.

    None, with nothing changed, when anything is in the way of any of them: then they are taken in one by one.
    """
    try:
        opened = [_opened(terminal, envelope, handlers, now) for envelope in envelopes]
        with transaction.atomic():
            ReceivedEnvelope.objects.bulk_create([one.row for one in opened])  # whoever comes second waits, then fails
            for envelope, one in zip(envelopes, opened, strict=True):
                one.handler.process(terminal, envelope.header, one.content, now)
    except Exception:  # noqa: BLE001 - met again by the one whose fault it is, and told and logged there
        return None
    return [stored_receipt(terminal, one.row.id, bytes.fromhex(one.row.digest), PushOutcome.STORED) for one in opened]


def open_envelope(
    terminal: Terminal, envelope: Envelope, kind: EnvelopeKind, content: type[Message], now: datetime
) -> Any:  # noqa: ANN401 - of type ``content``
    """Return what is inside an envelope asked on the spot. Raises :class:`Refused` and :class:`WireError`."""
    if envelope.header.kind is not kind:
        raise Refused("wire.malformed")
    _check_sender(terminal, envelope, now)
    return unseal(envelope, content, key=keys_of(terminal.centre).sealing)


def _store(terminal: Terminal, envelope: Envelope, handlers: Handlers, now: datetime, had: Before) -> PushOutcome:
    header = envelope.header
    if header.id in had.stored:
        _check_sender(terminal, envelope, now)
        known = _judged(terminal, had.stored[header.id], digest_of_envelope(envelope).hex())
        if known is not None:
            return known
    opened = _opened(terminal, envelope, handlers, now)
    try:
        with transaction.atomic():
            opened.row.save(force_insert=True)  # whoever comes second waits here for the first, then fails
            opened.handler.process(terminal, header, opened.content, now)
            if header.id in had.quarantined:
                close_stored(terminal, header.id, now)
    except IntegrityError:
        known = _known(terminal, header.id, opened.row.digest)
        if known is not None:
            return known
        if ReceivedEnvelope.objects.filter(terminal=terminal, sequence=header.sequence).exists():
            raise Refused("wire.sequence_taken") from None
        raise  # what is inside breaks a rule of the tables
    return PushOutcome.STORED


@dataclass(frozen=True, slots=True)
class _Opened:
    """An envelope whose sender and form are right: its row, not saved yet, what is inside, and what is done with it."""

    row: ReceivedEnvelope
    content: Any
    handler: Handler


def _opened(terminal: Terminal, envelope: Envelope, handlers: Handlers, now: datetime) -> _Opened:
    """Check and open an envelope. Raises :class:`Refused` and :class:`WireError`."""
    header = envelope.header
    _check_sender(terminal, envelope, now)
    handler = handlers.get(header.kind)
    if handler is None or header.sequence < 1:
        raise Refused("wire.malformed")
    row = ReceivedEnvelope(
        id=header.id,
        centre_id=terminal.centre_id,
        terminal=terminal,
        kind=header.kind.value,
        sequence=header.sequence,
        created_at=header.created_at,
        clock=header.clock.value,
        received_at=now,
        digest=digest_of_envelope(envelope).hex(),
        body=envelope.body,
        signature=envelope.signature,
    )
    return _Opened(row, unseal(envelope, handler.content, key=keys_of(terminal.centre).sealing), handler)


def _check_sender(terminal: Terminal, envelope: Envelope, now: datetime) -> None:
    if envelope.header.terminal != terminal.code:
        raise Refused("wire.signature_wrong")
    check_signed(terminal, partial(verify, envelope), now, sequence=envelope.header.sequence)


def _known(terminal: Terminal, envelope_id: UUID, digest: str) -> PushOutcome | None:
    """Tell whether an envelope is in. Duplicate means the very same one; the same id on another content is refused."""
    row = ReceivedEnvelope.objects.filter(pk=envelope_id).values_list("terminal", "digest").first()
    return _judged(terminal, row, digest)


def _judged(terminal: Terminal, row: tuple[str, str] | None, digest: str) -> PushOutcome | None:
    if row is None:
        return None
    if row != (terminal.code, digest):
        raise Refused("wire.sequence_taken")
    return PushOutcome.DUPLICATE
