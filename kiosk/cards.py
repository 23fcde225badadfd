"""The card readers of one terminal, seen together: which cards lie there, and what changes. It shows nothing."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from devices.card_reader.api import CardPresent, CardReader, CardRemoved, CardStatus, ReaderFault, ReaderMissing
from wire.identity import Identity


@dataclass(frozen=True, slots=True)
class Card:
    """One insertion of a card, told from every other one of its reader; readers of one name are numbered."""

    reader: str
    insertion: int


class Cards:
    """All readers of a terminal. A citizen uses whichever fits the card."""

    def __init__(self, *readers: CardReader) -> None:
        self._readers: dict[str, CardReader] = {}
        for reader in readers:
            alike = sum(other.name == reader.name for other in self._readers.values())
            self._readers[f"{reader.name} ({alike + 1})" if alike else reader.name] = reader

    @property
    def statuses(self) -> tuple[CardStatus, ...]:
        """Every reader's last known state."""
        return tuple(reader.status for reader in self._readers.values())

    @property
    def missing(self) -> bool:
        """Whether no reader can take a card now."""
        return all(isinstance(status, ReaderMissing | ReaderFault) for status in self.statuses)

    def lying(self) -> frozenset[Card]:
        """Return the cards that lie on or in the readers now."""
        return frozenset(
            Card(name, status.insertion)
            for name, reader in self._readers.items()
            if isinstance(status := reader.status, CardPresent)
        )

    async def changed(self, since: tuple[CardStatus, ...]) -> None:
        """Return when any reader's state differs from ``since``."""
        watches = [
            asyncio.ensure_future(reader.changed(status))
            for reader, status in zip(self._readers.values(), since, strict=True)
        ]
        try:
            if watches:
                await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.Event().wait()  # a terminal without readers: nothing ever changes
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    async def next(self, known: Collection[Card]) -> Card:
        """Return a card that lies there and is not among ``known``, as soon as there is one."""
        while True:
            statuses = self.statuses
            if new := sorted(self.lying().difference(known), key=lambda card: card.reader):
                return new[0]
            await self.changed(statuses)

    async def read(self, card: Card) -> Identity:
        """Read that very card. Raises :class:`devices.card_reader.api.CardReadError`."""
        if card not in self.lying():
            raise CardRemoved("taken away before reading began")
        return await self._readers[card.reader].read()
