"""Cards swapped for another: data of two never mix."""

import asyncio

import pytest

from devices.card_reader import social_security
from devices.card_reader.api import CardPresent, CardRemoved, NoCard
from devices.card_reader.pcsc_reader import PcscReader
from devices.virtual.card_slot import CardSlot, Swapped
from devices.virtual.card_social_security import Asked, SocialSecurityCard
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.people import LIU, ZHANG, Person
from tests.contract.card_stacks import HANG_S, Stack, is_about, until, until_another

QUICK = Asked.BY_NUMBER_IN_SHORT_FILE  # the first way of asking that is tried: the fewest commands


@pytest.mark.fault("card swapped", code="card.removed")
async def test_swapped_in_mid_read(card_stack: Stack) -> None:
    """A card swapped under the reader's eyes never mixes two people; the new one counts as a new insertion."""
    card_stack.insert(ZHANG)
    before = await until(card_stack.reader, CardPresent)
    card_stack.lift_in_next_read(instead=LIU)
    with pytest.raises(CardRemoved):
        await card_stack.reader.read()
    await until_another(card_stack.reader, before)
    assert is_about(await card_stack.reader.read(), LIU)


@pytest.mark.fault("card swapped")
@pytest.mark.parametrize("pause_s", [0.0, 0.1, 0.45])
async def test_swapped_between_reads(card_stack: Stack, pause_s: float) -> None:
    """A card swapped faster than the reader looks gives one person or an error, and soon the new person."""
    card_stack.insert(ZHANG)
    await until(card_stack.reader, CardPresent)
    card_stack.insert(LIU)
    await asyncio.sleep(pause_s)
    async with asyncio.timeout(HANG_S):
        while True:
            await until(card_stack.reader, CardPresent)
            try:
                identity = await card_stack.reader.read()
            except CardRemoved:
                continue
            break
    assert is_about(identity, LIU)


async def _swap_at(reader: PcscReader, slot: CardSlot, command: int, people: tuple[Person, Person]) -> None:
    """Swap the card that lies there for the other's at one command of a read; see that nothing was mixed."""
    await until(reader, CardPresent)
    slot.fail_next(Swapped(SocialSecurityCard(people[1], asked=QUICK), command))
    with pytest.raises(CardRemoved):
        await reader.read()
    async with asyncio.timeout(HANG_S):
        while True:
            await until(reader, CardPresent)
            try:
                identity = await reader.read()
            except CardRemoved:
                continue
            break
    assert is_about(identity, people[1])


@pytest.mark.fault("card swapped", code="card.removed")
async def test_swapped_at_every_command(virtual_pcscd: VirtualPcscd) -> None:
    """Whichever command of a read finds another card, nothing is read; then the other card is, whole."""
    counted: list[float] = []
    readers = [
        PcscReader([social_security.read], name_part=name, on_apdu=counted.append)
        for name in virtual_pcscd.reader_names
    ]
    try:
        for slot, reader in zip(virtual_pcscd.slots, readers, strict=True):
            await until(reader, NoCard)
            slot.insert(SocialSecurityCard(ZHANG, asked=QUICK))
        await until(readers[0], CardPresent)
        assert is_about(await readers[0].read(), ZHANG)
        commands = len(counted)
        assert commands > 10

        async def some(which: int) -> None:
            people = ZHANG, LIU
            for command in range(which, commands, len(readers)):
                await _swap_at(readers[which], virtual_pcscd.slots[which], command, people)
                people = people[1], people[0]

        async with asyncio.TaskGroup() as group:
            for which in range(len(readers)):
                group.create_task(some(which))
    finally:
        for reader in readers:
            await reader.aclose()
