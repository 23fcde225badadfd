"""Plays a flow so that whatever goes wrong in it ends on a screen that says so, and in a log without people."""

import logging
import traceback
from collections.abc import Awaitable, Callable
from enum import Enum, auto

from kiosk.stage import Choice, ProblemShown, WentBack
from kiosk.visit import Visit
from wire.problems import Problem, problem

log = logging.getLogger(__name__)

Flow = Callable[[Visit], Awaitable[None]]
_UNEXPECTED = "terminal.unexpected"
_WORTH_ANOTHER_TRY = frozenset(
    {"card", "reader", "camera", "scanner", "scan", "printer", "device"}  # whole subjects, or single codes
    | {"centre.unreachable", "centre.certificate_needs_line", "centre.case_not_found", "centre.failed"}
)


class Then(Enum):
    """What follows a flow."""

    HOME = auto()
    END = auto()


async def guarded(visit: Visit, key: str, flow: Flow) -> Then:
    """Play a flow; whatever goes wrong in it ends on a screen that says so."""
    while True:
        try:
            await flow(visit)
        except WentBack:
            return Then.HOME
        except Exception as error:  # noqa: BLE001 - a bug of one flow must not end the terminal
            told = _told(error)
            if told is None:
                log_bug(key, error)
                await _show_problem(visit, problem(_UNEXPECTED), can_retry=False)
                return Then.END
            log.warning("flow %s ended with %s: %s", key, type(error).__name__, told.code)
            can_retry = not _WORTH_ANOTHER_TRY.isdisjoint({told.code, told.code.partition(".")[0]})
            if await _show_problem(visit, told, can_retry=can_retry) is Choice.LEAVE:
                return Then.HOME
        else:
            return Then.HOME


def explain(key: str, error: Exception) -> Problem:
    """Return what to show of an error, and log it as a flow's is."""
    told = _told(error)
    if told is None:
        log_bug(key, error)
        return problem(_UNEXPECTED)
    log.warning("%s ended with %s: %s", key, type(error).__name__, told.code)
    return told


async def _show_problem(visit: Visit, told: Problem, *, can_retry: bool) -> Choice:
    try:
        return await visit.show(ProblemShown(problem=told, can_retry=can_retry, can_go_back=False))
    except WentBack:
        return Choice.LEAVE


def _told(error: Exception) -> Problem | None:
    """Return the problem that one of our errors names by its ``code``; None for what nobody expected.

    A code that is not in the list (of a newer centre) is told in general words.
    """
    code = getattr(error, "code", None)
    return problem(code) if isinstance(code, str) else None


def log_bug(key: str, error: BaseException) -> None:
    """Log where it happened, not what was said: an exception's text may quote a citizen's data."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("bug in flow %s: %s at %s", key, type(error).__name__, " < ".join(reversed(places)))
