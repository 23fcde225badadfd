"""Which cases wait for an officer, and which of them are due soon or over (超时问责制)."""

from datetime import date

from django.db.models import Q

from central.cases.models import Case
from central.cases.promise import working_day_after
from wire.case import CaseState

DUE_SOON_DAYS = 1
UNDECIDED = Q(state__in=[CaseState.ACCEPTED.value, CaseState.IN_REVIEW.value])


def overdue(today: date) -> Q:
    """Return the condition for cases whose promise is broken."""
    return UNDECIDED & Q(due_on__lt=today)


def due_soon(today: date) -> Q:
    """Return the condition for cases to be decided today or on the next working day."""
    return UNDECIDED & Q(due_on__gte=today, due_on__lte=working_day_after(today, DUE_SOON_DAYS))


def urgency(case: Case, today: date) -> str:
    """Return ``over``, ``soon``, ``stopped`` (a supplement is awaited) or nothing, for how a promise is shown."""
    if case.state == CaseState.SUPPLEMENT_REQUESTED.value:
        return "stopped"
    if case.due_on is None or case.state not in {CaseState.ACCEPTED.value, CaseState.IN_REVIEW.value}:
        return ""
    if case.due_on < today:
        return "over"
    return "soon" if case.due_on <= working_day_after(today, DUE_SOON_DAYS) else ""
