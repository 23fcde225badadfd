"""A case as its applicant may see it, opened by the slip's token or, with few tries, by the ID number's end."""

import hashlib
import hmac
from datetime import datetime, timedelta

from central.cases.models import Case, CaseStep, WrongTry
from central.cases.records import reveal
from central.establish import keys_of
from central.organisation.models import Centre
from central.refusal import Refused
from wire.case import CaseState, CaseView, check_case_number
from wire.case import CaseStep as StepView

LIMITS = ((5, timedelta(minutes=10)), (20, timedelta(days=1)))
_END_LENGTH = 4


def by_token(case_number: str, token: str, *, centre: Centre | None = None) -> CaseView | None:
    """Return the case that a slip opens, or None. Without a centre (the public page), every centre is looked at.

    128 random bits need no limit of tries.
    """
    found = Case.objects.select_related("item", "department").filter(number=case_number)
    given = hashlib.sha256(token.encode()).hexdigest()
    opened = None
    for case in found.filter(centre=centre) if centre else found:
        if hmac.compare_digest(case.token_digest, given):
            opened = case
    return view(opened) if opened else None


def by_id_number_end(centre: Centre, case_number: str, end: str, now: datetime) -> CaseView | None:
    """Return the case when ``end`` is the last four characters of the applicant's ID number, else None.

    Raises :class:`Refused` after as many wrong ones as :data:`LIMITS` allow, counted by number whether or not there
    is such a case, so that the limit tells nothing either.
    """
    if not check_case_number(case_number):
        return None
    wrong = WrongTry.objects.filter(centre=centre, number=case_number)
    if any(wrong.filter(at__gt=now - within).count() >= tries for tries, within in LIMITS):
        raise Refused("centre.too_many_tries", 429)
    case = Case.objects.select_related("item", "department").filter(centre=centre, number=case_number).first()
    if case is not None and len(end) == _END_LENGTH:
        particulars = reveal(bytes(case.applicant), keys_of(centre).records, case.number)
        if hmac.compare_digest(particulars.applicant.id_number[-_END_LENGTH:].encode(), end.upper().encode()):
            return view(case)
    WrongTry.objects.create(centre=centre, number=case_number, at=now)
    return None


def forget_old_tries(now: datetime) -> None:
    """Drop wrong tries that no limit counts any more."""
    WrongTry.objects.filter(at__lt=now - max(within for _, within in LIMITS)).delete()


def view(case: Case) -> CaseView:
    """Return a case without anything of the applicant beyond the masked name."""
    steps = CaseStep.objects.filter(case=case).order_by("pk")
    return CaseView(
        case_number=case.number,
        item_name=case.item.wire().name,
        department_name=case.department.name,
        applicant_masked=case.applicant_masked,
        state=CaseState(case.state),
        steps=tuple(StepView(state=CaseState(row.state), at=row.at, note=row.note) for row in steps),
        promised_by=case.due_on,
    )
