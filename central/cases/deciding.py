"""An officer moves a case: the transition, the promise's clock and the recorded step, in one transaction."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from django.db import transaction
from django.utils import timezone

from central.cases.models import Case, CaseStep
from central.cases.promise import working_day_after, working_days_left
from central.cases.transitions import (
    Approve,
    BeginReview,
    Deliver,
    Event,
    ReceiveSupplement,
    Reject,
    RequestSupplement,
    Standing,
    step,
)
from central.organisation.models import Officer
from wire.case import CaseState


def standing_of(case: Case) -> Standing:
    """Return where a case stands, as the transition function takes it."""
    return Standing(CaseState(case.state), case.supplement_told)


@transaction.atomic
def advance(case: Case, event: Event, officer: Officer, now: datetime, *, note: str = "") -> Case:
    """Take one step and record who took it. Raises :class:`~central.cases.transitions.StepRefused`.

    ``note`` is shown to the applicant, beside what the event itself says. Only the chief representative's reason
    for a second supplement counts.
    """
    if isinstance(event, RequestSupplement) and not officer.chief_representative:
        event = replace(event, chief_reason="")
    case = Case.objects.select_for_update().get(pk=case.pk)
    after = step(standing_of(case), event)
    today = timezone.localdate(now)
    reason = ""
    match event:
        case RequestSupplement(missing=missing, chief_reason=reason):
            note = missing
            case.days_left = working_days_left(today, case.due_on) if case.due_on else 0
            case.due_on = None
        case ReceiveSupplement():
            case.due_on = working_day_after(today, case.days_left or 0)
            case.days_left = None
        case Reject(why=why):
            note = why
        case BeginReview() | Approve() | Deliver():
            pass
        case _:
            assert_never(event)
    case.state, case.supplement_told = after.state.value, after.told
    case.save(update_fields=["state", "supplement_told", "due_on", "days_left"])
    CaseStep.objects.create(
        centre_id=case.centre_id,
        case=case,
        state=case.state,
        at=now,
        officer=officer,
        officer_name=officer.name,
        window=str(officer.window or ""),
        note=note.strip(),
        reason=reason.strip(),
    )
    return case
