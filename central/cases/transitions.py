"""What may happen to a case, and when: a pure function from state and event to state."""

from dataclasses import dataclass
from typing import assert_never

from wire.case import CaseState


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands. ``told``: everything missing was told once before (一次性告知)."""

    state: CaseState
    told: bool = False


@dataclass(frozen=True, slots=True)
class BeginReview:
    """An officer takes the case in hand."""


@dataclass(frozen=True, slots=True)
class RequestSupplement:
    """Material is missing. ``missing`` names all of it; a second request needs the chief representative's reason."""

    missing: str
    chief_reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceiveSupplement:
    """What was missing has come."""


@dataclass(frozen=True, slots=True)
class Approve:
    """The case is decided in the applicant's favour."""


@dataclass(frozen=True, slots=True)
class Reject:
    """The case is decided against the applicant, who is told why."""

    why: str


@dataclass(frozen=True, slots=True)
class Deliver:
    """The decision reached the applicant."""


Event = BeginReview | RequestSupplement | ReceiveSupplement | Approve | Reject | Deliver


class StepRefused(Exception):
    """A case may not take this step. ``code`` is of ``wire/problems.toml``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_FROM = {
    BeginReview: {CaseState.ACCEPTED},
    RequestSupplement: {CaseState.IN_REVIEW},
    ReceiveSupplement: {CaseState.SUPPLEMENT_REQUESTED},
    Approve: {CaseState.IN_REVIEW},
    Reject: {CaseState.IN_REVIEW},
    Deliver: {CaseState.APPROVED, CaseState.REJECTED},
}


def possible(standing: Standing) -> list[type[Event]]:
    """Return the kinds of event that a case in this standing can take, in the order of a case's life."""
    return [event for event, states in _FROM.items() if standing.state in states]


def step(standing: Standing, event: Event) -> Standing:
    """Return where a case stands after an event. Raises :class:`StepRefused`."""
    if standing.state not in _FROM[type(event)]:
        raise StepRefused("case.step_not_allowed")
    match event:
        case BeginReview() | ReceiveSupplement():
            return Standing(CaseState.IN_REVIEW, standing.told)
        case RequestSupplement(missing=missing, chief_reason=reason):
            if not missing.strip():
                raise StepRefused("case.note_missing")
            if standing.told and not reason.strip():
                raise StepRefused("case.already_told")
            return Standing(CaseState.SUPPLEMENT_REQUESTED, told=True)
        case Approve():
            return Standing(CaseState.APPROVED, standing.told)
        case Reject(why=why):
            if not why.strip():
                raise StepRefused("case.note_missing")
            return Standing(CaseState.REJECTED, standing.told)
        case Deliver():
            return Standing(CaseState.DELIVERED, standing.told)
        case _:
            assert_never(event)
