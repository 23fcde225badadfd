"""Cards and modules that fall silent."""

import asyncio

import pytest

from devices.card_reader.api import CardPresent, CardSilent, NoCard, ReaderFault
from devices.virtual.people import LIU, ZHANG
from tests.contract.card_stacks import HANG_S, Stack, is_about, until


@pytest.mark.fault("card silent", code="card.silent")
async def test_silence(card_stack: Stack) -> None:
    """A card that falls silent ends the read by its deadline; taken out, everything works again."""
    card_stack.insert(ZHANG)
    await until(card_stack.reader, CardPresent)
    card_stack.fall_silent()
    with pytest.raises(CardSilent):
        async with asyncio.timeout(HANG_S):
            await card_stack.reader.read()
    await until(card_stack.reader, ReaderFault)
    with pytest.raises(CardSilent):
        await card_stack.reader.read()
    card_stack.remove()
    await until(card_stack.reader, NoCard)
    card_stack.insert(LIU)
    await until(card_stack.reader, CardPresent)
    assert is_about(await card_stack.reader.read(), LIU)


@pytest.mark.fault("card silent", code="card.silent")
async def test_a_cancelled_read_of_a_silent_card(card_stack: Stack) -> None:
    """A visit that ends while a card is silent leaves the next one a clear answer, and a reader that recovers."""
    card_stack.insert(ZHANG)
    await until(card_stack.reader, CardPresent)
    card_stack.fall_silent()
    reading = asyncio.create_task(card_stack.reader.read())
    await asyncio.sleep(0.1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(CardSilent):
        await card_stack.reader.read()
    card_stack.remove()
    await until(card_stack.reader, NoCard)
    card_stack.insert(LIU)
    await until(card_stack.reader, CardPresent)
    assert is_about(await card_stack.reader.read(), LIU)
