"""What every voice offers: it says one text at a time, and nobody's visit depends on it."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from devices.status import StatusCell
from wire.text import Language


@dataclass(frozen=True, slots=True)
class SpeechMissing:
    """There is nothing to speak with, or nothing to be heard through."""

    reason: str


@dataclass(frozen=True, slots=True)
class SpeechReady:
    """It can speak."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """It is speaking. What it says is in no status: it may name a citizen."""


@dataclass(frozen=True, slots=True)
class SpeechFault:
    """It failed when it last spoke; the next text is tried all the same."""

    reason: str


SpeechStatus = SpeechMissing | SpeechReady | Speaking | SpeechFault


class Speech(Protocol):
    """One voice. Nothing that goes wrong is raised: a terminal that is mute still serves."""

    name: str

    @property
    def status(self) -> SpeechStatus:
        """Last known state; never blocks."""
        ...

    async def changed(self, since: SpeechStatus) -> SpeechStatus:
        """Return the first status that differs from ``since``."""
        ...

    async def say(self, text: str, language: Language, *, prompt: str | None = None) -> None:
        """Say a text, and return when it has been said, was cut off by another, or cannot be said.

        What is being said is cut off first. Cancelling cuts it off too. ``prompt`` names a recording that says the
        same better, where there is one.
        """
        ...

    async def stop(self) -> None:
        """Cut off what is being said."""
        ...

    async def aclose(self) -> None:
        """Fall silent for good. May be called twice."""
        ...


class Mute:
    """The voice of a terminal that has none."""

    name = "mute"

    def __init__(self) -> None:
        self._status: StatusCell[SpeechStatus] = StatusCell(SpeechMissing("not configured"))

    @property
    def status(self) -> SpeechStatus:
        """Always missing."""
        return self._status.value

    async def changed(self, since: SpeechStatus) -> SpeechStatus:
        """Wait for ever, unless ``since`` is another status."""
        return await self._status.changed(since)

    async def say(self, text: str, language: Language, *, prompt: str | None = None) -> None:  # noqa: ARG002
        """Say nothing."""
        await asyncio.sleep(0)

    async def stop(self) -> None:
        """Stay silent."""

    async def aclose(self) -> None:
        """Stay silent."""
