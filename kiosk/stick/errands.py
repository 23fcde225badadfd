"""Errands with a stick: asked for by the application, answered by the unit that ran them, once the stick may go."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from kiosk.stick.errors import NotDone
from kiosk.wish import Answer, Sleep, Wish, Wishes
from wire.problems import catalogue

OUT = Wishes("stick-out-wanted", "stick-out.json")
IN = Wishes("stick-in-wanted", "stick-in.json")
# Answers on their way: the unit gives them their names at its end, when nothing is written on the stick any more.
OUT_AT_WORK, IN_AT_WORK = Wishes(OUT.wish, "stick-out.part.json"), Wishes(IN.wish, "stick-in.part.json")
_LONGEST_S = 1800.0  # a queue of weeks onto a slow stick
_UNEXPECTED = "terminal.unexpected"


class Errand(StrEnum):
    """What can be done with a stick, beside updates."""

    SUPPORT = "support"
    SEND = "send"
    BRING_BACK = "bring_back"


async def run(data_dir: Path, errand: Errand, sleep: Sleep = asyncio.sleep) -> Mapping[str, Any]:
    """Have an errand run; return what there is to say of it. The stick may be pulled then.

    Raises :class:`~kiosk.stick.errors.NotDone` with the reason's code, OSError.
    """
    wishes = IN if errand is Errand.BRING_BACK else OUT
    told = await wishes.fulfilled(data_dir, errand.value, longest_s=_LONGEST_S, sleep=sleep)
    if told.code:
        raise NotDone(told.code)
    return told.told


@contextmanager
def answering(wishes: Wishes, data_dir: Path, wish: Wish) -> Iterator[dict[str, Any]]:
    """Answer a wish with what the block puts down, or with the code of its error; also when it is killed within."""
    wishes.tell(data_dir, Answer(wish.id, _UNEXPECTED))
    told: dict[str, Any] = {}
    try:
        yield told
    except Exception as error:
        code = getattr(error, "code", None)
        wishes.tell(data_dir, Answer(wish.id, code if code in catalogue() else _UNEXPECTED))
        raise
    wishes.tell(data_dir, Answer(wish.id, told=told))
