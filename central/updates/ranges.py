"""Ranges of bytes: what a request asks for, of a file of known size and identity (RFC 9110, 13.1.5 and 14)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Whole:
    """All of it (200)."""


@dataclass(frozen=True, slots=True)
class Part:
    """From ``first`` to ``last``, both included (206)."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Beyond:
    """Nothing there is asked for (416)."""


def asked(headers: Mapping[str, str], size: int, etag: str) -> Whole | Part | Beyond:
    """Return what the request is for.

    What is no single range of bytes is ignored, as is a range of a file that is not this one any more: all of it is
    the answer then.
    """
    found = _RANGE.fullmatch(headers.get("Range", "").strip())
    condition = headers.get("If-Range")
    if found is None or (condition is not None and condition.strip() != etag):
        return Whole()
    begin, end, suffix = found.groups()
    if suffix is not None:
        length = int(suffix)
        return Part(max(0, size - length), size - 1) if length and size else Beyond()
    first = int(begin)
    last = min(int(end), size - 1) if end else size - 1
    if end and int(end) < first:
        return Whole()  # not a valid range at all (14.1.1)
    return Part(first, last) if first < size else Beyond()
