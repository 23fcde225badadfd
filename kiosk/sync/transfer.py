"""A large file from the centre, from any byte on: where an answer really begins, and its pieces (RFC 9110, 14)."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from kiosk.sync.answers import refusal
from kiosk.sync.errors import CentreGarbled

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Transfer:
    """The answer to a large question, with its body still to come: piece by piece, or, for a refusal, whole."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]
    whole: Callable[[], Awaitable[bytes]]


def asking_from(start: int, digest: str) -> dict[str, str]:
    """Return the headers that ask for a file from a byte on, if it is still the one with this SHA-256."""
    identity = {"Accept-Encoding": "identity"}
    return identity if not start else {**identity, "Range": f"bytes={start}-", "If-Range": f'"{digest}"'}


async def beginning_of(transfer: Transfer, start: int, size: int) -> int:
    """Return from which byte the pieces are: ``start``, or 0 where all of it comes again.

    Raises :class:`~kiosk.sync.errors.CentreError` for a refusal, CentreGarbled for pieces that fit nowhere.
    """
    match transfer.status:
        case HTTPStatus.OK:
            return 0
        case HTTPStatus.PARTIAL_CONTENT:
            told = _CONTENT_RANGE.fullmatch(transfer.headers.get("Content-Range", ""))
            if told is None or (int(told[1]), int(told[2])) != (start, size):
                raise CentreGarbled("the range is not the one that was asked for")
            return start
        case _:
            raise refusal(transfer.status, await transfer.whole())
