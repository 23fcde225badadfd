"""Wishes of the application, left for a unit that may do what the application's own sandbox forbids; each tried once.

A path unit starts that unit when a wish is there. The answer to it lies beside, under the wish's id.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from kiosk import private_files

Sleep = Callable[[float], Awaitable[None]]
_ASK_S = 1.0
_UNANSWERED = "terminal.unexpected"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants; ``what`` says it where there is a choice."""

    id: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish: the code of why it was not done, or empty, and ``told``: what is to be said of it."""

    wish: str
    code: str = ""
    told: dict[str, Any] = field(default_factory=dict)


_WISHES, _ANSWERS = TypeAdapter(Wish), TypeAdapter(Answer)


@dataclass(frozen=True, slots=True)
class Wishes:
    """Where wishes of one kind lie: the names of two files in the data folder."""

    wish: str
    answer: str

    def leave(self, data_dir: Path, what: str = "") -> str:
        """Leave a wish; return its id. Raises OSError."""
        wish = Wish(secrets.token_hex(8), what)
        private_files.replace(data_dir / self.wish, _WISHES.dump_json(wish))
        return wish.id

    def is_there(self, data_dir: Path) -> bool:
        """Tell whether somebody waits."""
        return (data_dir / self.wish).exists()

    def take(self, data_dir: Path) -> Wish | None:
        """Return the wish, None where there is none. It is gone then: tried once, whatever happens. Raises OSError."""
        wish = Wish("")
        try:
            wish = _WISHES.validate_json((data_dir / self.wish).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            pass  # nobody's: it is taken away, and what is answered is read by nobody
        private_files.remove(data_dir / self.wish)
        return wish

    def tell(self, data_dir: Path, answer: Answer) -> None:
        """Say what became of a wish. Raises OSError."""
        private_files.replace(data_dir / self.answer, _ANSWERS.dump_json(answer))

    def answer_to(self, data_dir: Path, wish: str) -> Answer | None:
        """Return the answer to a wish, None while there is none."""
        with suppress(OSError, ValidationError):
            told = _ANSWERS.validate_json((data_dir / self.answer).read_bytes())
            return told if told.wish == wish else None
        return None

    async def fulfilled(
        self,
        data_dir: Path,
        what: str = "",
        *,
        longest_s: float,
        sleep: Sleep = asyncio.sleep,
        unanswered: str = _UNANSWERED,
    ) -> Answer:
        """Leave a wish and wait for its answer; where none comes, it is one with the code ``unanswered``.

        Raises OSError.
        """
        wish = self.leave(data_dir, what)
        for _ in range(int(longest_s / _ASK_S)):
            await sleep(_ASK_S)
            if (told := self.answer_to(data_dir, wish)) is not None:
                return told
        return Answer(wish, unanswered)
