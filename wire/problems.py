"""Every message about something that went wrong: one list, both languages, a number for the staff.

The list is ``problems.toml``; a test compares it with the codes in use.
"""

import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files

from pydantic import AwareDatetime

from wire.model import Message
from wire.text import Text


class Problem(Message):
    """What a person is told: what happened, what is kept, what to do next. ``number`` is what staff are shown."""

    code: str
    number: int
    happened: Text
    kept: Text
    next: Text


class ProblemDetails(Message):
    """A refused call, as RFC 9457 forms it (``application/problem+json``), with our code and number.

    ``server_time`` comes with ``wire.clock_skewed``.
    """

    type: str
    title: str
    status: int
    code: str
    number: int
    detail: str = ""
    server_time: AwareDatetime | None = None


@cache
def catalogue() -> dict[str, Problem]:
    """Return every problem by its code. Raises ValueError when two share a number."""
    listed = tomllib.loads(files("wire").joinpath("problems.toml").read_text(encoding="utf-8"))
    problems = {
        f"{subject}.{name}": Problem(
            code=f"{subject}.{name}",
            number=entry["number"],
            happened=Text(zh=entry["zh"][0], en=entry["en"][0]),
            kept=Text(zh=entry["zh"][1], en=entry["en"][1]),
            next=Text(zh=entry["zh"][2], en=entry["en"][2]),
        )
        for subject, entries in listed.items()
        for name, entry in entries.items()
    }
    if len({problem.number for problem in problems.values()}) != len(problems):
        raise ValueError("two problems share a number")
    return problems


def problem(code: str) -> Problem:
    """Return the problem with a code; an unknown code gives ``terminal.unexpected``, so that no screen stays empty."""
    return catalogue().get(code) or catalogue()["terminal.unexpected"]


def details(code: str, status: int, detail: str = "", server_time: datetime | None = None) -> ProblemDetails:
    """Return the RFC 9457 form of a problem for an HTTP answer with ``status``."""
    listed = problem(code)
    return ProblemDetails(
        type=f"tag:bianmin,2026:problem/{listed.number}",
        title=listed.happened.en,
        status=status,
        code=code,
        number=listed.number,
        detail=detail,
        server_time=server_time,
    )
