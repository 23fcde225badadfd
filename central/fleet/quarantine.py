"""What could not be taken in: kept for ever, with an owner and a deadline, until staff settle it or a later try goes.

Every answer to a terminal is a signed receipt; whoever asks again is told the present word.
"""

import hashlib
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from central.cases.promise import working_day_after
from central.console.roles import ADMINISTRATOR
from central.establish import keys_of
from central.fleet.models import Quarantine, ReceivedEnvelope, Terminal
from central.organisation.models import Centre, Officer
from wire.messages import PushOutcome, Receipt
from wire.receipts import sign_receipt

WORKING_DAYS = 3  # to settle what was refused
ASK_AGAIN_WITHIN = timedelta(days=1)  # after that, staff look whether the terminal did send it
ONLY_AT_THE_TERMINAL = "wire.malformed"


def keep(terminal: Terminal, envelope_id: UUID, envelope: str, problem: str, now: datetime) -> Receipt:
    """Put an envelope in quarantine, once however often it comes; return the signed word on it."""
    kept, _ = Quarantine.objects.get_or_create(
        terminal=terminal,
        envelope_id=envelope_id,
        digest=hashlib.sha256(envelope.encode()).hexdigest(),
        defaults={
            "centre_id": terminal.centre_id,
            "envelope": envelope,
            "problem": problem,
            "received_at": now,
            "due_on": working_day_after(timezone.localdate(now), WORKING_DAYS),
            "owner": owner_for(terminal.centre),
        },
    )
    return _word_on(terminal, kept)


def owner_for(centre: Centre) -> Officer | None:
    """Return the administrator who has the least to settle; None where the centre has none."""
    administrators = Officer.objects.filter(
        centre=centre, user__groups__name=ADMINISTRATOR, user__is_active=True
    ).annotate(open=Count("quarantine", filter=Q(quarantine__settled_at=None)))
    return administrators.order_by("open", "staff_number").first()


def answers(terminal: Terminal, asked: tuple[UUID, ...], now: datetime) -> tuple[Receipt, ...]:
    """Return the present word on each envelope that a terminal keeps in quarantine.

    One that never came here, since it could not be read as a request, is from now on owned here as well.
    """
    stored = {row.id: row for row in ReceivedEnvelope.objects.filter(terminal=terminal, pk__in=asked)}
    kept = {row.envelope_id: row for row in _newest_last(terminal, asked)}
    told = []
    for envelope_id in asked:
        if row := stored.get(envelope_id):
            told.append(stored_receipt(terminal, envelope_id, bytes.fromhex(row.digest), PushOutcome.DUPLICATE))
        elif known := kept.get(envelope_id):
            told.append(_word_on(terminal, known))
        else:
            told.append(keep(terminal, envelope_id, "", ONLY_AT_THE_TERMINAL, now))
    return tuple(told)


def wanted_again(terminal: Terminal, asked: tuple[UUID, ...], now: datetime) -> tuple[UUID, ...]:
    """Return those of the asked envelopes that staff want the terminal to send again."""
    rows = Quarantine.objects.filter(
        terminal=terminal, envelope_id__in=asked, settled_at=None, wanted_again_at__gt=now - ASK_AGAIN_WITHIN
    )
    return tuple(rows.values_list("envelope_id", flat=True).distinct())


def settle(kept: Quarantine, officer: Officer, reason: str, now: datetime) -> None:
    """Close an envelope that will not be taken in. It stays here and at the terminal; nobody sends it again."""
    if not reason.strip():
        raise ValueError("settling needs a reason")
    Quarantine.objects.filter(pk=kept.pk, settled_at=None).update(
        settled_at=now, settled_by=officer, note=f"{kept.note}\n{reason}".strip()
    )


def close_stored(terminal: Terminal, envelope_id: UUID, now: datetime) -> None:
    """Close what waits of an envelope that was taken in after all."""
    Quarantine.objects.filter(terminal=terminal, envelope_id=envelope_id, settled_at=None).update(
        settled_at=now, note="再次发送后已正常处理。"
    )


def stored_receipt(terminal: Terminal, envelope_id: UUID, digest: bytes, outcome: PushOutcome) -> Receipt:
    """Return the signed word that the centre has an envelope, for good."""
    return _signed(terminal, Receipt(id=envelope_id, outcome=outcome, digest=digest))


def overdue(today: date) -> Q:
    """Return the condition on rows whose deadline has passed."""
    return Q(settled_at=None, due_on__lt=today)


def _word_on(terminal: Terminal, kept: Quarantine) -> Receipt:
    owner = kept.owner.staff_number if kept.owner else ""
    outcome = PushOutcome.REFUSED if kept.settled_by_id is None else PushOutcome.SETTLED
    receipt = Receipt(id=kept.envelope_id, outcome=outcome, problem=kept.problem, owner=owner, due_on=kept.due_on)
    return _signed(terminal, receipt)


def _signed(terminal: Terminal, receipt: Receipt) -> Receipt:
    return sign_receipt(receipt, keys_of(terminal.centre).signing)


def _newest_last(terminal: Terminal, asked: tuple[UUID, ...]) -> list[Quarantine]:
    rows = Quarantine.objects.filter(terminal=terminal, envelope_id__in=asked).select_related("owner")
    return list(rows.order_by("received_at", "pk"))
