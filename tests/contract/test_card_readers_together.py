"""Several readers of one terminal at once: two PC/SC readers, a SAM module on a serial port and one by USB HID."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from devices.card_reader import social_security
from devices.card_reader.api import CardPresent, CardReader, CardReadError, CardRemoved, NoCard, ReaderMissing
from devices.card_reader.pcsc_reader import PcscReader
from devices.card_reader.sam import SamReader
from devices.card_reader.sam_hid import HidLine
from devices.virtual.card_resident import ResidentCard
from devices.virtual.card_social_security import SocialSecurityCard
from devices.virtual.pcscd import READER_NAMES, VirtualPcscd
from devices.virtual.people import GULINUR, LIU, ZHANG, ZHANG_YU
from devices.virtual.sam_module import VirtualSamModule
from kiosk.cards import Card, Cards
from tests.contract.card_stacks import HANG_S, is_about, until
from wire.identity import Identity


@dataclass(frozen=True, slots=True)
class Terminal:
    """Its hardware, and its readers: two of pcscd, the serial module, the HID module."""

    pcscd: VirtualPcscd
    sam: VirtualSamModule
    hid: VirtualSamModule
    readers: tuple[CardReader, ...]
    cards: Cards


@pytest.fixture
async def terminal(
    virtual_pcscd: VirtualPcscd, virtual_sam: VirtualSamModule, virtual_hid_sam: VirtualSamModule
) -> AsyncIterator[Terminal]:
    """Open all four readers."""
    readers: tuple[CardReader, ...] = (
        *(PcscReader([social_security.read], name_part=name) for name in READER_NAMES),
        SamReader(virtual_sam.port, poll_s=0.05),
        SamReader(virtual_hid_sam.port, open_line=HidLine, poll_s=0.05),
    )
    for reader in readers:
        await until(reader, NoCard)
    yield Terminal(virtual_pcscd, virtual_sam, virtual_hid_sam, readers, Cards(*readers))
    await asyncio.gather(*(reader.aclose() for reader in readers))
    virtual_pcscd.restart()


def insert_everywhere(terminal: Terminal) -> None:
    """Put another person's card on each reader."""
    terminal.pcscd.slots[0].insert(SocialSecurityCard(ZHANG))
    terminal.pcscd.slots[2].insert(SocialSecurityCard(LIU))
    terminal.sam.insert(ResidentCard(ZHANG_YU))
    terminal.hid.insert(ResidentCard(GULINUR))


PEOPLE = (ZHANG, LIU, ZHANG_YU, GULINUR)  # in the order of the readers


async def whole(reader: CardReader) -> Identity:
    """Read the card that lies there, however often it takes."""
    async with asyncio.timeout(HANG_S):
        while True:
            await until(reader, CardPresent)
            try:
                return await reader.read()
            except CardRemoved:
                continue


async def test_four_cards_at_once(terminal: Terminal) -> None:
    """Each card is seen once, on its own reader, and all are read at the same time without mixing."""
    insert_everywhere(terminal)
    seen: list[Card] = []
    async with asyncio.timeout(HANG_S):
        while len(seen) < len(PEOPLE):
            seen.append(await terminal.cards.next(seen))
    assert {card.reader for card in seen} == {reader.name for reader in terminal.readers}
    identities = await asyncio.gather(*(terminal.cards.read(card) for card in seen))
    read = {card.reader: identity for card, identity in zip(seen, identities, strict=True)}
    for reader, person in zip(terminal.readers, PEOPLE, strict=True):
        assert is_about(read[reader.name], person)


@pytest.mark.fault("card reader unplugged")
async def test_modules_unplugged_beside_a_card(terminal: Terminal) -> None:
    """A card in one reader is the same card, and is read, while both modules are pulled out and put back."""
    insert_everywhere(terminal)
    contact, _, serial, hid = terminal.readers
    before = await until(contact, CardPresent)
    for plugged, kind in ((False, ReaderMissing), (True, CardPresent)) * 2:
        for module, reader in ((terminal.sam, serial), (terminal.hid, hid)):
            change: Callable[[], None] = module.plug if plugged else module.unplug
            await asyncio.to_thread(change)
            assert is_about(await contact.read(), ZHANG)
            await until(reader, kind)
    assert contact.status == before
    for reader, person in zip(terminal.readers, PEOPLE, strict=True):
        assert is_about(await whole(reader), person)


@pytest.mark.fault("card reader unplugged")
async def test_a_pcsc_reader_pulled_out_and_put_back(terminal: Terminal) -> None:
    """One PC/SC reader goes and comes; the cards in the others are read meanwhile, each by its own reader."""
    insert_everywhere(terminal)
    contact, other, *modules = terminal.readers
    for reader in terminal.readers:
        await until(reader, CardPresent)
    for _ in range(2):
        await asyncio.to_thread(terminal.pcscd.restart, without=[1])
        await until(other, ReaderMissing)
        with pytest.raises(CardReadError):
            await other.read()
        assert is_about(await whole(contact), ZHANG)
        for reader, person in zip(modules, PEOPLE[2:], strict=True):
            assert is_about(await reader.read(), person)
        await asyncio.to_thread(terminal.pcscd.restart)
        assert is_about(await whole(other), LIU)
        assert is_about(await whole(contact), ZHANG)


async def test_a_missing_reader_is_not_a_missing_terminal(terminal: Terminal) -> None:
    """As long as one reader can take a card, the terminal can."""
    for module, reader in ((terminal.sam, terminal.readers[2]), (terminal.hid, terminal.readers[3])):
        await asyncio.to_thread(module.unplug)
        await until(reader, ReaderMissing)
        assert not terminal.cards.missing
    await asyncio.to_thread(terminal.pcscd.stop)
    for reader in terminal.readers[:2]:
        await until(reader, ReaderMissing)
    assert terminal.cards.missing
