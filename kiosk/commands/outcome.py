"""How every command ends: its exit code, and what went wrong, in words or as one JSON object."""

import json
import sys
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click

from wire.problems import catalogue, problem

DEFAULT_CONFIG = Path("/etc/bianmin/terminal.toml")
P = ParamSpec("P")


class Exit(IntEnum):
    """Exit codes of all commands; ``docs/technician.md`` lists them, and a test compares the two."""

    DONE = 0
    FAULT = 1  # something is wrong, and has a code of wire/problems.toml
    USAGE = 2  # click's own: the command line cannot be understood
    NOTHING_CAME = 3  # no card or code before the deadline
    DOUBTFUL = 4  # nobody can say what lies in the printer's tray
    CONFIG = 78  # EX_CONFIG of sysexits.h: systemd does not start it again and again


class NothingCame(Exception):
    """What was waited for did not come before the deadline; ``code`` says what."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The terminal's configuration.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on one line, and nothing else.")


def print_json(content: object) -> None:
    """Print one object on one line."""
    click.echo(json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def coded(command: Callable[P, Any]) -> Callable[P, None]:
    """Turn a known error into its number and words; a bug keeps its traceback.

    With ``--json`` the words are an object ``{"error": …}`` on stdout, without it lines on stderr. A command
    returns the :class:`Exit` it ends with; None is DONE.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            sys.exit(command(*args, **kwargs) or Exit.DONE)
        except Exception as error:
            code = getattr(error, "code", None)
            if not isinstance(code, str) or code not in catalogue():
                raise
            if kwargs.get("as_json"):
                print_json({"error": error_content(code, str(error))})
            else:
                told = problem(code)
                click.echo(f"{told.number} {code}: {told.happened.en} {told.next.en}\n  {error}", err=True)
            sys.exit(_exit_of(error, code))

    return run


def _exit_of(error: Exception, code: str) -> Exit:
    if isinstance(error, NothingCame):
        return Exit.NOTHING_CAME
    return Exit.CONFIG if code == "terminal.config_wrong" else Exit.FAULT


def error_content(code: str, detail: str) -> dict[str, Any]:
    """Return a problem as the commands' JSON tells it. ``detail``: of hardware and protocol, nothing of a citizen."""
    told = problem(code)
    return {
        "code": code,
        "number": told.number,
        "happened": told.happened.model_dump(),
        "next": told.next.model_dump(),
        "detail": detail,
    }
