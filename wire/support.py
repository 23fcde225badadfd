"""A support bundle: what a terminal tells of itself to whoever mends it. Nothing of a citizen, and small."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from wire.model import Message

MOST_ARCHIVE_BYTES = 256 * 1024  # sealed and written as JSON it still fits into one batch of a push


class SupportBundle(Message):
    """An archive (tar, gzip) of JSON files. ``command``: which request it answers; None: a technician's."""

    archive: Annotated[bytes, Field(repr=False, min_length=1, max_length=MOST_ARCHIVE_BYTES)]
    command: UUID | None = None
