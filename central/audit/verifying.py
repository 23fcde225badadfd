"""Follows stored audit chains again, row by row: whether anybody altered them here since they came."""

from datetime import datetime
from functools import partial

from central.audit.models import AuditEntry, AuditFinding, AuditTrail
from central.fleet.device_keys import check_signed
from wire.audit import check_end, digest_of_row
from wire.errors import SignatureWrong

_AT_ONCE = 2000


def misfits(trail: AuditTrail, now: datetime) -> list[int]:
    """Return the numbers of rows that do not follow the one before, but for those that came so (the findings tell).

    One past the end stands for an end that is not what the terminal signed.
    """
    came_so: set[int] = set()
    for finding in AuditFinding.objects.filter(trail=trail, kind__in=("gap", "altered")):
        came_so.add(finding.until + 1 if finding.kind == AuditFinding.Kind.GAP else finding.number)
    wrong: list[int] = []
    last, previous = trail.first_number - 1, bytes(trail.base_digest)
    for entry in AuditEntry.objects.filter(trail=trail).order_by("number").iterator(_AT_ONCE):
        digest = digest_of_row(previous, entry.number, entry.at, entry.event, entry.subject)
        if (entry.number != last + 1 or bytes(entry.digest) != digest) and entry.number not in came_so:
            wrong.append(entry.number)
        last, previous = entry.number, bytes(entry.digest)
    if (last, previous) != (trail.verified_number, bytes(trail.verified_digest)) or not _signed(trail, now):
        wrong.append(trail.verified_number + 1)
    return wrong


def _signed(trail: AuditTrail, now: datetime) -> bool:
    if trail.verified_at is None:
        return True  # nothing came yet
    end = (trail.terminal_id, trail.verified_number, bytes(trail.verified_digest), bytes(trail.signature))
    try:
        check_signed(trail.terminal, partial(check_end, *end), now, sequence=None)
    except SignatureWrong:
        return False
    return True
