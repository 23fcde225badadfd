"""A release's file as an answer: any range of it, never the whole in memory, or handed to the server in front."""

from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from central.refusal import Refused
from central.updates.models import Release, ReleaseFile
from central.updates.ranges import Beyond, Part, Whole, asked
from central.updates.storing import folder_of

_CHUNK = 256 * 1024


def file_answer(request: HttpRequest, release: Release, name: str) -> HttpResponseBase:
    """Return a file of a release. Raises :class:`Refused` for a name that the release does not have."""
    file = ReleaseFile.objects.filter(release=release, name=name).first()
    if file is None:
        raise Refused("update.not_offered", 404)
    etag = f'"{file.sha256}"'
    part = asked(request.headers, file.size, etag)
    if settings.RELEASES_ACCEL:  # nginx answers ranges of the file by itself, with its own ETag replaced by ours
        response: HttpResponseBase = HttpResponse()
        response["X-Accel-Redirect"] = f"{settings.RELEASES_ACCEL}/{release.version}/{file.name}"
    else:
        response = _from_disk(folder_of(release.version) / file.name, file.size, part)
    response["Content-Type"] = "application/octet-stream"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    return response


def _from_disk(path: Path, size: int, part: Whole | Part | Beyond) -> HttpResponseBase:
    match part:
        case Beyond():
            response: HttpResponseBase = HttpResponse(status=416)
            response["Content-Range"] = f"bytes */{size}"
        case Whole():
            response = StreamingHttpResponse(_pieces(path, 0, size))
            response["Content-Length"] = str(size)
        case Part(first=first, last=last):
            response = StreamingHttpResponse(_pieces(path, first, last - first + 1), status=206)
            response["Content-Length"] = str(last - first + 1)
            response["Content-Range"] = f"bytes {first}-{last}/{size}"
        case _:
            assert_never(part)
    return response


def _pieces(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length and (piece := file.read(min(_CHUNK, length))):
            length -= len(piece)
            yield piece
