"""The layouts of social security cards, as ``social_security.toml`` has them; finding a card's own is not done here."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

_SHORT_FILE: Final = 0x1F  # a file's short identifier: the last five bits of its identifier, in all files used here


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Record(_Part):
    """Where one value lies: its file, its number there, its tag, and its size in bytes."""

    file: Annotated[int, Field(ge=0, le=0xFFFF)]
    number: Annotated[int, Field(ge=1, le=254)]
    tag: Annotated[int, Field(ge=1, le=254)]
    size: Annotated[int, Field(ge=1, le=253)]
    may_be_longer: bool = False


class Addressing(_Part):
    """One way to name a record (ISO 7816-4, READ RECORD)."""

    name: str
    p1: Literal["tag", "number"]
    p2: Literal[0x00, 0x04]
    short_file_identifier: bool
    source: str

    def command(self, record: Record) -> bytes:
        """Return the READ RECORD command for a record."""
        p1 = record.tag if self.p1 == "tag" else record.number
        p2 = self.p2 | ((record.file & _SHORT_FILE) << 3 if self.short_file_identifier else 0)
        return bytes((0x00, 0xB2, p1, p2, record.size + 2))


class Records(_Part):
    """The records that are read; a generation lacks those that are None."""

    id_number: Record
    version: Record
    name: Record
    name_continued: Record | None = None
    sex: Record
    nation: Record
    birth_date: Record
    issued: Record
    valid_to: Record
    card_number: Record


class Generation(_Part):
    """The records of the cards whose version begins with one of ``versions``."""

    name: str
    versions: tuple[str, ...]
    source: str
    records: Records


class Layouts(_Part):
    """The whole file."""

    application: str
    addressing: Annotated[tuple[Addressing, ...], Field(min_length=1)]
    generation: Annotated[tuple[Generation, ...], Field(min_length=1)]

    @property
    def newest(self) -> Generation:
        """The generation that the file names last."""
        return self.generation[-1]

    def generation_of(self, version: str) -> Generation | None:
        """Return the generation of a card's version such as ``3.00``; None when it is not known."""
        return next((one for one in self.generation if version[:1] in one.versions), None)


@cache
def layouts() -> Layouts:
    """Return what the file says."""
    text = files("devices.card_reader").joinpath("social_security.toml").read_text(encoding="utf-8")
    return Layouts.model_validate(tomllib.loads(text))
