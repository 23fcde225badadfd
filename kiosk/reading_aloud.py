"""Reads aloud what is on the screen, when a citizen asks for it, until something else is shown."""

import asyncio

from devices.speech.api import SpeechMissing
from kiosk.visit import Equipment, Visit

_LOOK_S = 0.2


async def offer_voice(at: Equipment) -> None:
    """Offer on the screen to read aloud as long as there is a voice; for ever."""
    while True:
        status = at.speech.status
        at.stage.offer_voice(on=not isinstance(status, SpeechMissing))
        await at.speech.changed(status)


class ReadingAloud:
    """One visit's reading. While it reads, nobody is expected to touch anything."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._reading: asyncio.Task[None] | None = None

    def start_or_stop(self) -> None:
        """Begin to read what is shown; while it is being read, fall silent."""
        if self._reading is not None and not self._reading.done():
            self._reading.cancel()
        else:
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        at = self._visit.at
        shown = at.stage.shown
        with self._visit.attention.working():
            saying = asyncio.create_task(at.speech.say(at.stage.words(), at.stage.language))
            try:
                while not saying.done() and at.stage.shown is shown:
                    await asyncio.wait((saying,), timeout=_LOOK_S)
            finally:
                saying.cancel()
                await asyncio.gather(saying, return_exceptions=True)
