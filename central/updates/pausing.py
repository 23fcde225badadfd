"""Roll-outs held and let go: by staff, or by themselves where too many terminals went back from the release."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from central.fleet.models import Terminal
from central.updates.models import Rollout, RolloutEvent, TerminalSoftware
from wire.release import UpdatePhase, UpdateReport

_FELL_BACK = "update.fell_back"
_WENT_BACK = Q(phase=UpdatePhase.GIVEN_UP.value, failure=_FELL_BACK)


def tried(rollout: Rollout) -> tuple[int, int]:
    """Return how many of a centre's terminals tried a release, and how many of them went back from it.

    What a terminal said last counts: one that has gone on to another release says nothing of this one any more.
    """
    version = rollout.release_id
    here = TerminalSoftware.objects.filter(centre_id=rollout.centre_id, terminal__revoked_at=None)
    went_back = Q(wanted=version) & _WENT_BACK
    counted = here.aggregate(
        tried=Count("pk", filter=Q(running=version) | went_back), back=Count("pk", filter=went_back)
    )
    return counted["tried"], counted["back"]


def pause_where_it_fails(terminal: Terminal, report: UpdateReport, now: datetime) -> None:
    """Pause the roll-out of a release from which this terminal went back, if that is beyond what is tolerated."""
    if (report.phase, report.failure) != (UpdatePhase.GIVEN_UP, _FELL_BACK):
        return
    with transaction.atomic():
        going = Rollout.objects.select_for_update().filter(
            centre_id=terminal.centre_id, release_id=report.wanted, paused=False
        )
        for rollout in going:
            if too_many(*tried(rollout), known=rollout.known_back, tolerated=rollout.tolerated):
                hold(rollout, now, paused=True)


def too_many(tried_it: int, back: int, *, known: int, tolerated: int) -> bool:
    """Tell whether so many are beyond a tolerated percentage. ``known``: staff let it go on in spite of them."""
    fresh = max(0, back - known)
    return fresh > 0 and fresh * 100 >= tolerated * tried_it


def hold(rollout: Rollout, now: datetime, *, paused: bool, by: str = "") -> None:
    """Pause a roll-out or let it go on, and record it. ``by``: whose decision; empty for the centre's own."""
    tried_it, back = tried(rollout)
    rollout.paused, rollout.held_by_itself = paused, paused and not by
    if not paused:
        rollout.known_back = back
    with transaction.atomic():
        rollout.save(update_fields=["paused", "held_by_itself", "known_back"])
        RolloutEvent.objects.create(
            centre_id=rollout.centre_id, rollout=rollout, at=now, paused=paused, by=by, tried=tried_it, went_back=back
        )
