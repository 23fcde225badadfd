"""A push: which kinds of envelope are queued, who processes them, and a batch of which one may be unreadable."""

import json
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from central.cases.accepting import accept
from central.certificates.issuing import record_print
from central.fleet.models import Quarantine, Terminal
from central.fleet.quarantine import close_stored, keep
from central.fleet.taking_in import Handler, Handlers, before, take_in, take_in_together
from central.refusal import Refused
from central.support.bundles import take_bundle
from wire.envelope import Envelope, EnvelopeKind, Header
from wire.messages import Application, PrintReceipt, PushReply, PushRequest, Receipt
from wire.support import SupportBundle

_MOST = 100  # as PushRequest allows


def _application(terminal: Terminal, header: Header, application: Application, now: datetime) -> None:
    accept(terminal, header, application, now=now)


def _print_receipt(terminal: Terminal, _header: Header, receipt: PrintReceipt, _now: datetime) -> None:
    record_print(terminal, receipt)


HANDLERS: Handlers = {
    EnvelopeKind.APPLICATION: Handler(Application, _application),
    EnvelopeKind.PRINT_RECEIPT: Handler(PrintReceipt, _print_receipt),
    EnvelopeKind.SUPPORT_BUNDLE: Handler(SupportBundle, take_bundle),
}


def take_in_batch(terminal: Terminal, body: bytes, now: datetime) -> PushReply:
    """Take in a push as it came over the wire. Raises :class:`Refused` when it is no batch of envelopes at all."""
    try:
        envelopes = PushRequest.model_validate_json(body).envelopes
    except ValidationError:
        return PushReply(receipts=tuple(_one_by_one(terminal, body, now)))
    ids = {envelope.header.id for envelope in envelopes}
    had = before(terminal, ids)
    if had.nothing:
        together = take_in_together(terminal, envelopes, HANDLERS, now)
        if together is not None:
            return PushReply(receipts=tuple(together))
        had = before(terminal, ids)
    return PushReply(receipts=tuple(take_in(terminal, envelope, HANDLERS, now, had) for envelope in envelopes))


def process_again(kept: Quarantine, now: datetime) -> Receipt | None:
    """Try once more to take in an envelope from quarantine, for its terminal, which hears of it by its heartbeat.

    None: the original is at the terminal alone, which is asked to send it again.
    """
    if not kept.envelope:
        Quarantine.objects.filter(pk=kept.pk).update(wanted_again_at=now)
        return None
    receipt = take_in_json(kept.terminal, kept.envelope_id, kept.envelope, now)
    if receipt.problem is None:
        close_stored(kept.terminal, kept.envelope_id, now)  # it may have come in another way meanwhile
    return receipt


def _one_by_one(terminal: Terminal, body: bytes, now: datetime) -> list[Receipt]:
    """Refuse only the envelope that has not the form of one, by the id that it names."""
    try:
        listed = json.loads(body)["envelopes"]
        named = [(UUID(raw["header"]["id"]), json.dumps(raw)) for raw in listed]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("wire.malformed") from error
    if len(named) > _MOST:
        raise Refused("wire.malformed")
    return [take_in_json(terminal, envelope_id, text, now) for envelope_id, text in named]


def take_in_json(terminal: Terminal, envelope_id: UUID, text: str, now: datetime) -> Receipt:
    """Take in one envelope by its JSON; what has not the form of one is kept apart under the id that it came with."""
    try:
        envelope = Envelope.model_validate_json(text)
    except ValidationError:
        return keep(terminal, envelope_id, text, "wire.malformed", now)
    return take_in(terminal, envelope, HANDLERS, now)
