"""Bodies of requests and answers: exact bytes to wire models and back, gzip both ways within limits."""

import gzip
import zlib
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from pydantic import ValidationError

from central.refusal import Refused
from wire.errors import ClockSkewed
from wire.model import Message
from wire.problems import details

INFLATED_LIMIT = 32 * 1024 * 1024  # bytes: a full push, twice over
WORTH_COMPRESSING = 1024  # bytes

M = TypeVar("M", bound=Message)


def read(request: HttpRequest, content: type[M]) -> M:
    """Return a request's body as a message. Raises :class:`Refused`.

    What pydantic found wrong is not told: its text quotes the body.
    """
    try:
        return content.model_validate_json(inflated(request))
    except ValidationError:
        raise Refused("wire.malformed") from None


def answer(request: HttpRequest, message: Message, *, compress: bool = True) -> HttpResponse:
    """Return a message as an answer, compressed where asked, worthwhile and possible (sealed bodies are noise)."""
    body = message.model_dump_json().encode()
    response = HttpResponse(content_type="application/json")
    if compress and len(body) > WORTH_COMPRESSING and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, compresslevel=5, mtime=0)
        response["Content-Encoding"] = "gzip"
        response["Vary"] = "Accept-Encoding"
    response.content = body
    return response


def refusal(code: str, status: int) -> HttpResponse:
    """Return a refusal as RFC 9457 forms it. A clock that is wrong is told what time it is."""
    server_time = timezone.now() if code == ClockSkewed.code else None
    told = details(code, status, server_time=server_time).model_dump_json(exclude_none=True).encode()
    return HttpResponse(told, content_type="application/problem+json", status=status)


def inflated(request: HttpRequest) -> bytes:
    """Return a request's body, inflated where it is gzip. Raises :class:`Refused`."""
    match request.headers.get("Content-Encoding", "identity"):
        case "identity":
            return request.body
        case "gzip":
            inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            try:
                body = inflater.decompress(request.body, INFLATED_LIMIT)
            except zlib.error as error:
                raise Refused("wire.malformed") from error
            if inflater.unconsumed_tail:
                raise Refused("wire.malformed", 413)
            if not inflater.eof:
                raise Refused("wire.malformed")
            return body
        case _:
            raise Refused("wire.malformed", 415)
