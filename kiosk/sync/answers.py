"""What an answer of the centre means: the message expected, a refusal with a code, a gateway, or something foreign.

Pure: it takes status, headers and bytes. Exceptions name fields' number only, never what stood in them.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from kiosk.sync.errors import CentreError, CentreGarbled, CentreRefused, CentreUnreachable
from wire.errors import ClockSkewed, WireError
from wire.model import Message
from wire.problems import catalogue
from wire.protocol import HEADER, SPOKEN, Versions, agree

_M = TypeVar("_M", bound=Message)


def understand(status: int, headers: Mapping[str, str], content: bytes, answer: type[_M]) -> _M:
    """Return the message in an answer. Raises :class:`CentreError`. ``headers`` must ignore case."""
    if not 200 <= status < 300:  # noqa: PLR2004 - RFC 9110, 15.3: success
        raise refusal(status, content)
    with coded():
        version = headers.get(HEADER, "")
        agree(SPOKEN, Versions.parse(f"{version}-{version}"))
    try:
        return answer.model_validate_json(content)
    except ValidationError as error:  # its text quotes the content
        raise CentreGarbled(f"{answer.__name__}: {error.error_count()} fields are not as they should be") from None


@contextmanager
def coded() -> Iterator[None]:
    """Turn an error of the protocol, with its code, into one of the line."""
    try:
        yield
    except WireError as error:
        raise CentreGarbled(str(error), code=error.code) from error


def refusal(status: int, content: bytes) -> CentreError:
    """Return what an answer that is no success means. ``content``: its body, perhaps a problem of RFC 9457."""
    try:
        told = json.loads(content)
        code = told["code"]
        known = code in catalogue()
        time = _time(told) if code == ClockSkewed.code else None
    except (ValueError, KeyError, TypeError, RecursionError):
        if status >= 500:  # noqa: PLR2004 - RFC 9110, 15.6: a server, or the gateway before it, is not well
            return CentreUnreachable(f"HTTP {status} without a problem")
        return CentreGarbled(f"HTTP {status} without a problem")
    return CentreRefused(code if known else "centre.refused", status, time)


def _time(told: dict[str, Any]) -> datetime:
    """Return the centre's time. Raises ValueError, KeyError, TypeError."""
    time = datetime.fromisoformat(told["server_time"])
    if time.tzinfo is None:
        raise ValueError("server_time has no zone")
    return time
