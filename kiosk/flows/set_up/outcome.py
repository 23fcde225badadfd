"""What the technician's screen shows of something that was asked for there and came to nothing."""

from kiosk.condition import advice
from kiosk.stage import TestResult
from wire.problems import problem
from wire.text import Text


def not_done(title: Text, code: str) -> TestResult:
    """Return why, with what a technician can do about it; where there is nothing of that, with what anybody can."""
    wrong = problem(code)
    return TestResult(title=title, message=wrong.happened, problem=wrong, advice=advice(code) or wrong.next)
