"""Takes in a terminal's audit rows and follows the chain: what is missing, altered, cut off or begun anew is noted.

Whatever is wrong, the rows are kept as they came and the chain is followed on from there: evidence is never refused.
"""

from datetime import datetime
from itertools import pairwise

from django.db import transaction

from central.audit.models import AuditEntry, AuditFinding, AuditTrail
from central.fleet.models import Terminal
from central.refusal import Refused
from wire.audit import START, STORE_SET_ASIDE, AuditBatch, AuditReply, AuditRow, digest_of_row

Kind = AuditFinding.Kind
AGAIN = AuditReply(number=0, digest=START)  # the terminal sends all that it has, so that it shows where the two part


@transaction.atomic
def take_in_audit(terminal: Terminal, batch: AuditBatch, now: datetime) -> AuditReply:
    """Keep what is new in a batch, and say how far the chain is here. Raises :class:`Refused` for rows out of order.

    Who sent it was checked before. The same batch again, or an older one that was carried, changes nothing.
    """
    if any(after.number <= before.number for before, after in pairwise(batch.rows)):
        raise Refused("wire.malformed")
    Terminal.objects.select_for_update().get(pk=terminal.pk)  # two batches at once come one after the other
    trail = newest_trail(terminal)
    if batch.rows:
        reply = _take_in_rows(trail, batch, now)
    elif batch.head == trail.verified_number and batch.head_digest != bytes(trail.verified_digest):
        return AGAIN
    else:
        reply = _reply(trail)
    return _cut(newest_trail(terminal), batch, now) if batch.current and batch.head < reply.number else reply


def newest_trail(terminal: Terminal) -> AuditTrail:
    """Return the chain that a terminal is on; an empty one for a terminal of which nothing was heard."""
    found = AuditTrail.objects.filter(terminal=terminal).order_by("generation").last()
    return found or AuditTrail.objects.create(
        centre_id=terminal.centre_id, terminal=terminal, generation=1, base_digest=START, verified_digest=START
    )


def _take_in_rows(trail: AuditTrail, batch: AuditBatch, now: datetime) -> AuditReply:
    first = batch.rows[0].number
    if first > trail.verified_number + 1 and batch.oldest < first:
        return _reply(trail)  # it has more than it sent: the centre was restored from a copy
    if first == trail.verified_number + 1 and batch.previous != bytes(trail.verified_digest):
        return AGAIN
    known = _known(trail, [row.number for row in batch.rows if row.number <= trail.verified_number])
    parted = next((row for row in batch.rows if known.get(row.number, row.digest) != row.digest), None)
    if parted is not None:
        trail = _part(trail, batch, parted, now)
    fresh = [row for row in batch.rows if row.number > trail.verified_number]
    if fresh:
        _append(trail, batch, fresh, now)
    return _reply(trail)


def _cut(trail: AuditTrail, batch: AuditBatch, now: datetime) -> AuditReply:
    """Note that the terminal's log ends before what it once sent; it goes on from where it ends."""
    if _known(trail, [batch.head]).get(batch.head, START) != batch.head_digest:
        return AGAIN
    _note(trail, Kind.CUT, batch.head + 1, trail.verified_number, now)
    return AuditReply(number=batch.head, digest=batch.head_digest)


def _append(trail: AuditTrail, batch: AuditBatch, fresh: list[AuditRow], now: datetime) -> None:
    before = {after.number: row.digest for row, after in pairwise(batch.rows)} | {batch.rows[0].number: batch.previous}
    last = trail.verified_number
    for row in fresh:
        if row.number > last + 1:
            _note(trail, Kind.GAP, last + 1, row.number - 1, now)
        elif row.digest != digest_of_row(before[row.number], row.number, row.at, row.event, row.subject):
            _note(trail, Kind.ALTERED, row.number, row.number, now)
        last = row.number
    if _tells_why(fresh[0]):
        _note(trail, Kind.REPLACED, 1, 1, now, reason=fresh[0].subject)  # where it is not noted yet
    AuditEntry.objects.bulk_create(AuditEntry(trail=trail, **row.model_dump()) for row in fresh)
    trail.verified_number, trail.verified_digest, trail.verified_at = last, fresh[-1].digest, now
    trail.signature = batch.signature
    trail.save()


def _part(trail: AuditTrail, batch: AuditBatch, parted: AuditRow, now: datetime) -> AuditTrail:
    """Begin a new chain where a terminal's log is not what it was; the old one stays as evidence."""
    base = next((row.digest for row in reversed(batch.rows) if row.number < parted.number), batch.previous)
    new = AuditTrail.objects.create(
        centre_id=trail.centre_id,
        terminal=trail.terminal,
        generation=trail.generation + 1,
        first_number=parted.number,
        base_digest=base,
        verified_number=parted.number - 1,
        verified_digest=base,
    )
    if _tells_why(parted):
        _note(new, Kind.REPLACED, 1, trail.verified_number, now, reason=parted.subject)
    else:
        _note(new, Kind.RESTARTED if parted.number == 1 else Kind.FORKED, parted.number, trail.verified_number, now)
    return new


def _tells_why(row: AuditRow) -> bool:
    """Tell whether a log begins by saying that its database replaced a damaged one."""
    return row.number == 1 and row.event == STORE_SET_ASIDE


def _known(trail: AuditTrail, numbers: list[int]) -> dict[int, bytes]:
    """Return the digests of rows of the terminal's present line: an older chain counts up to where a newer begins."""
    found: dict[int, bytes] = {}
    rows = AuditEntry.objects.filter(trail__terminal=trail.terminal_id, number__in=numbers).order_by(
        "trail__generation"
    )
    for number, digest in rows.values_list("number", "digest"):
        found[number] = bytes(digest)
    return found


def _reply(trail: AuditTrail) -> AuditReply:
    return AuditReply(number=trail.verified_number, digest=bytes(trail.verified_digest))


def _note(trail: AuditTrail, kind: Kind, number: int, until: int, now: datetime, *, reason: str = "") -> None:
    AuditFinding.objects.get_or_create(
        trail=trail, kind=kind, number=number, defaults={"until": until, "found_at": now, "reason": reason}
    )
