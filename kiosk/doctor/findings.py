"""What the doctor says of each thing that it looked at."""

from dataclasses import dataclass
from typing import Any

from kiosk.condition import advice
from kiosk.health import Grade
from wire.problems import problem
from wire.text import Text

__all__ = ["Finding", "Grade", "fault", "notice", "well"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; only a fault makes ``bianmin doctor`` exit with 1.

    ``detail`` is for the technician: no citizen's data. ``code``: of ``wire/problems.toml``.
    """

    subject: str
    grade: Grade
    detail: str = ""
    code: str | None = None

    @property
    def well(self) -> bool:
        """Whether the terminal can serve with it."""
        return self.grade is not Grade.FAULT

    @property
    def number(self) -> int | None:
        """The problem's number, as the screens show it."""
        return None if self.code is None else problem(self.code).number

    @property
    def advice(self) -> Text | None:
        """What the technician should do, None where nothing."""
        if self.code is None:
            return None
        return advice(self.code) or problem(self.code).next

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        told = None if self.code is None else problem(self.code)
        return {
            "subject": self.subject,
            "grade": self.grade.value,
            "well": self.well,
            "detail": self.detail,
            "code": self.code,
            "number": self.number,
            "happened": None if told is None else told.happened.model_dump(),
            "advice": None if self.advice is None else self.advice.model_dump(),
        }


def well(subject: str, detail: str = "") -> Finding:
    """Say that nothing is to be done."""
    return Finding(subject, Grade.WELL, detail)


def notice(subject: str, detail: str, code: str | None = None) -> Finding:
    """Say that it works, and that somebody should see to it."""
    return Finding(subject, Grade.NOTICE, detail, code)


def fault(subject: str, code: str, detail: str = "") -> Finding:
    """Say what keeps the terminal from serving."""
    return Finding(subject, Grade.FAULT, detail, code)
