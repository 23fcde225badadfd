"""Readers that go and come back."""

import asyncio

import pytest

from devices.card_reader.api import CardPresent, CardReadError, ReaderLost, ReaderMissing
from devices.virtual.people import LIU, ZHANG
from tests.contract.card_stacks import Stack, is_about, until


@pytest.mark.fault("card reader unplugged", code="reader.lost")
async def test_reader_lost_and_back(card_stack: Stack) -> None:
    """The reader (or its service) goes and comes back; a card that lies there all along is a new insertion."""
    card_stack.insert(ZHANG)
    before = await until(card_stack.reader, CardPresent)
    card_stack.lose_reader()
    await until(card_stack.reader, ReaderMissing)
    with pytest.raises(ReaderLost):
        await card_stack.reader.read()
    card_stack.bring_reader_back()
    assert await until(card_stack.reader, CardPresent) != before
    assert is_about(await card_stack.reader.read(), ZHANG)


@pytest.mark.fault("card reader unplugged", code="card.silent")
async def test_reader_lost_in_mid_read(card_stack: Stack) -> None:
    """A reader that goes while a silent card is being read ends the read; it comes back whole."""
    card_stack.insert(ZHANG)
    await until(card_stack.reader, CardPresent)
    card_stack.fall_silent()
    reading = asyncio.create_task(card_stack.reader.read())
    await asyncio.sleep(0.1)
    card_stack.lose_reader()
    with pytest.raises(CardReadError):
        await reading
    await until(card_stack.reader, ReaderMissing)
    card_stack.insert(LIU)
    card_stack.bring_reader_back()
    await until(card_stack.reader, CardPresent)
    assert is_about(await card_stack.reader.read(), LIU)
