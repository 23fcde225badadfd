"""Cases: what may happen when, what it does to the promise, and that steps stay."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User

from central.cases.deciding import advance
from central.cases.models import AppendOnly, Case, CaseStep
from central.cases.promise import is_working_day, working_day_after, working_days_left
from central.cases.tracking import view
from central.cases.transitions import (
    Approve,
    BeginReview,
    Deliver,
    Event,
    ReceiveSupplement,
    Reject,
    RequestSupplement,
    Standing,
    StepRefused,
    possible,
    step,
)
from central.organisation.models import Officer
from tests.central.playing import Desk
from wire.case import CaseState
from wire.envelope import EnvelopeKind
from wire.messages import PushRequest

ASK, WHY = RequestSupplement("租赁合同"), Reject("不符合条件")
EVENTS: tuple[Event, ...] = (BeginReview(), ASK, ReceiveSupplement(), Approve(), WHY, Deliver())
ALLOWED = {
    (CaseState.ACCEPTED, BeginReview): CaseState.IN_REVIEW,
    (CaseState.IN_REVIEW, RequestSupplement): CaseState.SUPPLEMENT_REQUESTED,
    (CaseState.IN_REVIEW, Approve): CaseState.APPROVED,
    (CaseState.IN_REVIEW, Reject): CaseState.REJECTED,
    (CaseState.SUPPLEMENT_REQUESTED, ReceiveSupplement): CaseState.IN_REVIEW,
    (CaseState.APPROVED, Deliver): CaseState.DELIVERED,
    (CaseState.REJECTED, Deliver): CaseState.DELIVERED,
}


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_step_of_every_state(state: CaseState, event: Event) -> None:
    """The whole table: each state takes the listed events and refuses all others."""
    wanted = ALLOWED.get((state, type(event)))
    assert (type(event) in possible(Standing(state))) == (wanted is not None)
    if wanted is None:
        with pytest.raises(StepRefused, match="step_not_allowed"):
            step(Standing(state), event)
    else:
        assert step(Standing(state), event).state is wanted


@pytest.mark.parametrize(
    ("told", "event", "outcome"),
    [
        (False, RequestSupplement("租赁合同"), "told"),
        (False, RequestSupplement("  "), "case.note_missing"),
        (True, RequestSupplement("身份证"), "case.already_told"),
        (True, RequestSupplement("身份证", chief_reason=" "), "case.already_told"),
        (True, RequestSupplement("身份证", chief_reason="法规变化"), "told"),
        (False, Reject(""), "case.note_missing"),
    ],
)
def test_told_once(told: bool, event: Event, outcome: str) -> None:  # noqa: FBT001 - a table's column
    """Everything missing is told once (一次性告知); a second request needs the chief representative's reason."""
    if outcome == "told":
        assert step(Standing(CaseState.IN_REVIEW, told), event).told
    else:
        with pytest.raises(StepRefused, match=outcome):
            step(Standing(CaseState.IN_REVIEW, told), event)


@pytest.mark.parametrize(
    ("day", "count", "wanted"),
    [
        (date(2026, 9, 29), 0, date(2026, 9, 29)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # National Day holidays
        (date(2026, 10, 9), 1, date(2026, 10, 10)),  # a Saturday worked in exchange (调休)
        (date(2026, 10, 3), 0, date(2026, 10, 8)),
        (date(2026, 11, 23), 5, date(2026, 11, 30)),
        (date(2045, 6, 2), 1, date(2045, 6, 5)),  # a year nobody has announced: Monday to Friday
    ],
)
def test_promise_counts_chinese_working_days(day: date, count: int, wanted: date) -> None:
    """Holidays do not count, weekends worked in exchange do."""
    assert working_day_after(day, count) == wanted
    assert is_working_day(wanted)
    if is_working_day(day):
        assert working_days_left(day, wanted) == count


def test_nothing_is_left_of_a_promise_that_is_over() -> None:
    """Overdue leaves no days, not less than none."""
    assert working_days_left(date(2026, 11, 23), date(2026, 11, 20)) == 0


@pytest.fixture
def case(desk: Desk) -> Case:
    batch = PushRequest(envelopes=(desk.terminal.envelope(EnvelopeKind.APPLICATION, desk.terminal.application()),))
    desk.terminal.call("POST", "/push", batch)
    case = Case.objects.get()
    case.due_on = date(2026, 11, 30)
    case.save()
    return case


def officer(case: Case, *, chief: bool = False) -> Officer:
    user = User.objects.create(username=f"officer-{chief}")
    return Officer.objects.create(
        centre=case.centre, user=user, name="周敏", staff_number=f"{chief}", chief_representative=chief
    )


def day(day_of_month: int) -> datetime:
    return datetime(2026, 11, day_of_month, 2, tzinfo=UTC)


def test_a_whole_case(case: Case) -> None:
    """From acceptance to delivery: the clock stops while a supplement is awaited, and the applicant reads the notes."""
    chief = officer(case, chief=True)
    advance(case, BeginReview(), chief, day(23))
    waiting = advance(case, RequestSupplement("租赁合同"), chief, day(24))
    assert (waiting.due_on, waiting.days_left, view(waiting).promised_by) == (None, 4, None)
    resumed = advance(case, ReceiveSupplement(), chief, day(30))
    assert resumed.due_on == date(2026, 12, 4)
    advance(case, RequestSupplement("身份证", chief_reason="法规变化"), chief, day(30))
    advance(case, ReceiveSupplement(), chief, day(30))
    advance(case, Reject("不符合条件"), chief, day(30))
    done = advance(case, Deliver(), chief, day(30), note="已寄出")
    seen = view(done)
    assert [step.note for step in seen.steps] == ["", "", "租赁合同", "", "身份证", "", "不符合条件", "已寄出"]
    assert seen.state is CaseState.DELIVERED
    assert "法规变化" not in seen.model_dump_json()
    assert CaseStep.objects.get(reason="法规变化").officer_name == "周敏"


def test_only_the_chief_representatives_reason_counts(case: Case) -> None:
    """An officer's reason does not open a second request."""
    clerk = officer(case)
    advance(case, BeginReview(), clerk, day(23))
    advance(case, ASK, clerk, day(23))
    advance(case, ReceiveSupplement(), clerk, day(23))
    with pytest.raises(StepRefused, match="already_told"):
        advance(case, RequestSupplement("身份证", chief_reason="我说了算"), clerk, day(23))


def test_steps_are_only_added(case: Case) -> None:
    """No code of ours can change or delete a step."""
    first = CaseStep.objects.get()
    first.note = "改过"
    with pytest.raises(AppendOnly):
        first.save()
    with pytest.raises(AppendOnly):
        first.delete()
    with pytest.raises(AppendOnly):
        CaseStep.objects.update(note="改过")
    with pytest.raises(AppendOnly):
        CaseStep.objects.all().delete()
