"""From an application to a case. The citizen holds the slip already: refused is only what contradicts itself."""

import re
from datetime import datetime, timedelta

from django.utils import timezone

from central.cases.models import Case, CaseStep
from central.cases.promise import working_day_after
from central.cases.records import Particulars, close
from central.catalogue.models import ServiceItem
from central.establish import keys_of
from central.fleet.models import Terminal
from central.refusal import Refused
from wire.case import CaseState, check_case_number
from wire.clock import ClockQuality
from wire.envelope import Header
from wire.identity import check_number, mask_name
from wire.messages import Application

OLDEST_BELIEVED = timedelta(days=90)  # weeks without a line happen; a clock that is off by years, too
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TERMINAL_IN_NUMBER = slice(8, 12)


def accept(terminal: Terminal, header: Header, application: Application, *, now: datetime) -> Case:
    """Make a case of an application, inside the caller's transaction. Raises :class:`Refused`.

    The promise counts from when the citizen submitted, as far as the terminal's clock is to be believed; else from
    ``now``, when it arrived. An item that was withdrawn meanwhile is still accepted.
    """
    number = application.case_number
    if (
        not check_case_number(number)
        or int(number[_TERMINAL_IN_NUMBER]) != terminal.number
        or not _DIGEST.fullmatch(application.token_digest)
        or not check_number(application.applicant.document, application.applicant.id_number)
    ):
        raise Refused("wire.malformed")
    centre = terminal.centre
    wanted = ("code", "department", "promise_days")  # forms and texts are large
    item = ServiceItem.objects.filter(centre=centre, code=application.item).only(*wanted).first()
    if item is None:
        raise Refused("centre.no_such_item")
    if Case.objects.filter(centre=centre, number=number).exists():
        raise Refused("centre.case_number_taken")
    synchronised = header.clock is ClockQuality.SYNCHRONISED
    believed = synchronised and now - OLDEST_BELIEVED <= application.submitted_at <= now
    accepted_at = application.submitted_at if believed else now
    particulars = Particulars(applicant=application.applicant, answers=application.answers)
    case = Case.objects.create(
        centre=centre,
        number=number,
        item=item,
        department_id=item.department_id,
        terminal=terminal,
        envelope_id=header.id,
        state=CaseState.ACCEPTED.value,
        applicant_masked=mask_name(application.applicant.name),
        applicant=close(particulars, keys_of(centre).records, number),
        token_digest=application.token_digest,
        submitted_at=application.submitted_at,
        accepted_at=accepted_at,
        due_on=working_day_after(timezone.localdate(accepted_at), item.promise_days),
    )
    CaseStep.objects.create(
        centre=centre, case=case, state=case.state, at=accepted_at, officer_name="", window=str(terminal)
    )
    return case
