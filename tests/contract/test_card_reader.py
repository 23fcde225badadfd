"""What every card reader promises, played through its real stack: pcscd and vpcd, and both lines of a SAM module."""

import asyncio
import gc

import pytest

from devices.card_reader.api import CardPresent, CardRemoved, CardUnsupported, NoCard
from devices.virtual.people import PEOPLE, ZHANG
from tests.contract.card_stacks import Stack, is_about, until
from wire.identity import Identity


async def test_each_card_is_seen_and_read(card_stack: Stack) -> None:
    """Everybody's card is seen, read whole, and seen to leave; each insertion has a number of its own."""
    numbers = set()
    for person in PEOPLE:
        card_stack.insert(person)
        status = await until(card_stack.reader, CardPresent)
        numbers.add(status)
        assert is_about(await card_stack.reader.read(), person)
        card_stack.remove()
        await until(card_stack.reader, NoCard)
    assert len(numbers) == len(PEOPLE)


async def test_a_card_may_be_read_twice(card_stack: Stack) -> None:
    """A card that stays can be read again, and stays the same insertion."""
    card_stack.insert(ZHANG)
    status = await until(card_stack.reader, CardPresent)
    assert is_about(await card_stack.reader.read(), ZHANG)
    assert is_about(await card_stack.reader.read(), ZHANG)
    assert card_stack.reader.status == status


async def test_no_card(card_stack: Stack) -> None:
    """Reading an empty reader says that the card is not there."""
    with pytest.raises(CardRemoved):
        await card_stack.reader.read()


@pytest.mark.fault("card of another kind", code="card.unsupported")
async def test_unknown_card(card_stack: Stack) -> None:
    """A sound card of another kind is told from a broken one."""
    card_stack.insert_unknown()
    await until(card_stack.reader, CardPresent)
    with pytest.raises(CardUnsupported):
        await card_stack.reader.read()
    card_stack.remove()
    await until(card_stack.reader, NoCard)


async def test_cancelled_read(card_stack: Stack) -> None:
    """A visit that ends in mid-read leaves the reader usable for the next one."""
    card_stack.insert(ZHANG)
    await until(card_stack.reader, CardPresent)
    reading = asyncio.create_task(card_stack.reader.read())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert is_about(await card_stack.reader.read(), ZHANG)


def _identities() -> list[Identity]:
    gc.collect()
    return [thing for thing in gc.get_objects() if type(thing) is Identity]


async def test_nothing_of_a_holder_stays(card_stack: Stack) -> None:
    """Once the visit lets go of an identity, neither the driver nor its threads hold it."""
    known = {id(thing) for thing in _identities()}  # examples of other test modules
    card_stack.insert(ZHANG)
    await until(card_stack.reader, CardPresent)
    await card_stack.reader.read()
    reading = asyncio.create_task(card_stack.reader.read())
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait({reading})
    card_stack.remove()
    await until(card_stack.reader, NoCard)
    assert not [thing for thing in _identities() if id(thing) not in known]


async def test_closing_twice(card_stack: Stack) -> None:
    """A reader may be closed twice, and says that it is gone."""
    await card_stack.reader.aclose()
    await card_stack.reader.aclose()
