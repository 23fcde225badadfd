"""A technician's wish, left by the application for the update agent: to take the release from a stick.

The application may not touch releases itself (its sandbox). A path unit starts the agent when the wish is there; the
answer to it lies beside, under the wish's id.
"""

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from kiosk import private_files

_WISH, _ANSWER = "stick-wanted", "stick-taken.json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish: the version that is here now, or the code of why there is none."""

    wish: str
    version: str = ""
    code: str = ""


_ANSWERS: TypeAdapter[Answer] = TypeAdapter(Answer)


def leave(data_dir: Path) -> str:
    """Leave a wish; return its id. Raises OSError."""
    wish = secrets.token_hex(8)
    private_files.replace(data_dir / _WISH, json.dumps(wish).encode())
    return wish


def is_there(data_dir: Path) -> bool:
    """Tell whether a technician waits."""
    return (data_dir / _WISH).exists()


def take(data_dir: Path) -> str | None:
    """Return the wish's id, None where there is none. It is gone then: tried once, whatever happens."""
    try:
        wish = json.loads((data_dir / _WISH).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        wish = ""
    private_files.remove(data_dir / _WISH)
    return str(wish)


def answer(data_dir: Path, told: Answer) -> None:
    """Say what became of a wish. Raises OSError."""
    private_files.replace(data_dir / _ANSWER, _ANSWERS.dump_json(told))


def answer_to(data_dir: Path, wish: str) -> Answer | None:
    """Return the answer to a wish, None while there is none."""
    with suppress(OSError, ValidationError):
        told = _ANSWERS.validate_json((data_dir / _ANSWER).read_bytes())
        return told if told.wish == wish else None
    return None
