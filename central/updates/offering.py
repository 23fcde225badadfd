"""Which release a terminal should run now, and what it said of its software."""

from datetime import datetime
from functools import cmp_to_key
from hashlib import sha256
from uuid import UUID, uuid5

from django.db.models import Q, QuerySet

from central.fleet.models import Terminal
from central.updates.models import Release, Rollout, TerminalSoftware
from central.updates.pausing import pause_where_it_fails
from wire.messages import Command, CommandKind
from wire.release import SignedManifest, UpdateOffer, UpdateReport, newer

_LOOK = UUID("b7b6a7b5-6f0b-5d4e-9f5c-3c1e5b0a7d21")  # namespace of the ids of commands to look for a release


def place_of(terminal: str) -> float:
    """Return a terminal's place among all, 0 to below 100, by its code: the same for each release, for good."""
    return int.from_bytes(sha256(terminal.encode()).digest()[:6]) * 100 / 2**48


def wanted_release(terminal: Terminal, now: datetime) -> Release | None:
    """Return the newest release that some roll-out of the centre has for a terminal, None where there is none."""
    going = Rollout.objects.filter(centre_id=terminal.centre_id, paused=False, release__expires_at__gt=now)
    named = set(going.filter(terminals=terminal).values_list("pk", flat=True))
    wanted = [
        rollout.release
        for rollout in going.select_related("release")
        if rollout.pk in named or place_of(terminal.code) < rollout.percentage
    ]
    return max(wanted, key=cmp_to_key(_by_version), default=None)


def offer(terminal: Terminal, now: datetime) -> UpdateOffer:
    """Answer a terminal that asks what it should run."""
    release = wanted_release(terminal, now)
    if release is None:
        return UpdateOffer()
    return UpdateOffer(release=SignedManifest(content=bytes(release.manifest), signature=bytes(release.signature)))


def look_now(terminal: Terminal, report: UpdateReport | None, now: datetime) -> tuple[Command, ...]:
    """Return the command to look for a release at once, where there is one that the terminal does not know of yet.

    Its id is the same for as long as it is that release: a terminal looks once, and then at its own times.
    """
    release = wanted_release(terminal, now)
    if report is None or release is None or release.version in (report.running, report.wanted):
        return ()
    return (Command(id=uuid5(_LOOK, f"{terminal.code} {release.version}"), kind=CommandKind.UPDATE),)


def note_software(terminal: Terminal, report: UpdateReport | None, now: datetime) -> None:
    """Keep what a heartbeat said of updates, and act on it. A terminal without an agent says nothing."""
    if report is None:
        return
    told = {**report.model_dump(mode="json"), "centre_id": terminal.centre_id, "heard_at": now}
    TerminalSoftware.objects.update_or_create(terminal=terminal, defaults=told)
    pause_where_it_fails(terminal, report, now)


def terminals_of(rollout: Rollout) -> QuerySet[Terminal]:
    """Return the centre's terminals that are in use, with what they run."""
    in_use = Q(centre_id=rollout.centre_id, enrolled_at__isnull=False, revoked_at=None)
    return Terminal.objects.filter(in_use).select_related("software", "heartbeat").order_by("number")


def _by_version(one: Release, other: Release) -> int:
    return int(newer(one.version, other.version)) - int(newer(other.version, one.version))
