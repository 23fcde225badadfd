"""From registers to what a certificate states, or the reason why it cannot be stated. One function per kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from central.certificates import wording
from central.certificates.registers import InsurancePeriod, Registers
from central.refusal import Refused
from wire.identity import Identity

_MONTHS_BY_DEFAULT = 12

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a certificate, with which answers, and when (in the centre's time zone)."""

    applicant: Identity
    answers: dict[str, Any]
    at: datetime


def no_property(registers: Registers, asked: Asked) -> Facts:
    """State that nothing is registered in the applicant's name. Refuses with certificate.has_property."""
    if registers.property_of(asked.applicant.id_number):
        raise Refused("certificate.has_property")
    return {"searched": wording.minute(asked.at).model_dump()}


def social_insurance(registers: Registers, asked: Asked) -> Facts:
    """List the contributions of the last ``months`` months, this one left out. Refuses with certificate.no_record."""
    periods = registers.insurance_of(asked.applicant.id_number)
    wanted = _months_before(asked.at.date(), int(asked.answers.get("months", _MONTHS_BY_DEFAULT)))
    paid = [(month, period) for month in wanted for period in periods if _covers(period, month)]
    if not paid:
        raise Refused("certificate.no_record")
    return {
        "first": wording.month(paid[0][0]).model_dump(),
        "last": wording.month(paid[-1][0]).model_dump(),
        "months": len({month for month, _ in paid}),
        "rows": [
            {
                "month": f"{month:%Y-%m}",
                "payer": period.payer,
                "base_yuan": wording.yuan(period.base_fen),
                "pension": period.pension,
                "medical": period.medical,
                "unemployment": period.unemployment,
                "injury": period.injury,
            }
            for month, period in paid
        ],
    }


def residence(registers: Registers, asked: Asked) -> Facts:
    """State where the applicant is registered as living. Refuses with certificate.no_record."""
    today = asked.at.date()
    valid = [
        entry
        for entry in registers.residence_of(asked.applicant.id_number)
        if entry.since <= today and (entry.valid_to is None or today <= entry.valid_to)
    ]
    if not valid:
        raise Refused("certificate.no_record")
    latest = max(valid, key=lambda entry: entry.since)
    return {
        "since": wording.day(latest.since).model_dump(),
        "address": latest.address,
        "reason": latest.reason.model_dump(),
        "registrar": latest.registrar.model_dump(),
    }


SOURCES: dict[str, Callable[[Registers, Asked], Facts]] = {
    "no_property": no_property,
    "social_insurance": social_insurance,
    "residence": residence,
}


def _covers(period: InsurancePeriod, month: date) -> bool:
    return period.first <= month and (period.last is None or month <= period.last)


def _months_before(today: date, count: int) -> list[date]:
    """Return the first days of the ``count`` months before today's, oldest first."""
    index = today.year * 12 + today.month - 1
    return [date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(count, 0, -1)]
