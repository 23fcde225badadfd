"""What every card reader promises, played through its real stack: pcscd and vpcd, and a serial line."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from devices.card_reader.api import (
    CardGarbled,
    CardPresent,
    CardReader,
    CardReadError,
    CardRemoved,
    CardSilent,
    CardStatus,
    CardUnsupported,
    NoCard,
    ReaderFault,
    ReaderLost,
    ReaderMissing,
)
from devices.card_reader.sam_hid import HidLine
from devices.card_reader.sam_serial import SerialLine
from devices.virtual.people import LIU, PEOPLE, ZHANG, Person
from tests.contract.card_stacks import PcscStack, SamStack, Stack
from wire.identity import Identity

HANG_S = 20.0


@pytest.fixture(params=["pcsc", "sam", "hid"])
async def stack(request: pytest.FixtureRequest) -> AsyncIterator[Stack]:
    """Each driver in turn, ready and empty."""
    made: Stack
    if request.param == "pcsc":
        made = PcscStack(request.getfixturevalue("virtual_pcscd"))
    elif request.param == "sam":
        made = SamStack(request.getfixturevalue("virtual_sam"), SerialLine)
    else:
        made = SamStack(request.getfixturevalue("virtual_hid_sam"), HidLine)
    await until(made.reader, NoCard)
    yield made
    made.remove()
    await made.reader.aclose()


async def until(reader: CardReader, kind: type[CardStatus]) -> CardStatus:
    """Wait until the reader's status is of a kind."""
    async with asyncio.timeout(HANG_S):
        status = reader.status
        while not isinstance(status, kind):
            status = await reader.changed(status)
        return status


def is_about(identity: Identity, person: Person) -> bool:
    """Tell whether all that was read is this person's."""
    return (
        identity.name == person.name
        and identity.id_number == person.id_number
        and identity.sex is person.sex
        and identity.birth_date == person.birth_date
        and identity.nation == person.nation_name
        and identity.valid_from == person.valid_from
        and identity.valid_to == person.valid_to
        and identity.address in (None, person.address)
        and identity.card_number in (None, person.card_number)
        and identity.photo in (None, person.photo)
    )


async def test_each_card_is_seen_and_read(stack: Stack) -> None:
    """Everybody's card is seen, read whole, and seen to leave; each insertion has a number of its own."""
    numbers = set()
    for person in PEOPLE:
        stack.insert(person)
        status = await until(stack.reader, CardPresent)
        numbers.add(status)
        assert is_about(await stack.reader.read(), person)
        stack.remove()
        await until(stack.reader, NoCard)
    assert len(numbers) == len(PEOPLE)


async def test_a_card_may_be_read_twice(stack: Stack) -> None:
    """A card that stays can be read again, and stays the same insertion."""
    stack.insert(ZHANG)
    status = await until(stack.reader, CardPresent)
    assert is_about(await stack.reader.read(), ZHANG)
    assert is_about(await stack.reader.read(), ZHANG)
    assert stack.reader.status == status


async def test_no_card(stack: Stack) -> None:
    """Reading an empty reader says that the card is not there."""
    with pytest.raises(CardRemoved):
        await stack.reader.read()


async def test_pulled_in_mid_read(stack: Stack) -> None:
    """A card pulled too early says so, and the next card reads well."""
    stack.insert(ZHANG)
    await until(stack.reader, CardPresent)
    stack.lift_in_next_read()
    with pytest.raises(CardRemoved):
        await stack.reader.read()
    await until(stack.reader, NoCard)
    stack.insert(LIU)
    await until(stack.reader, CardPresent)
    assert is_about(await stack.reader.read(), LIU)


async def test_swapped_in_mid_read(stack: Stack) -> None:
    """A card swapped under the reader's eyes never mixes two people; the new one counts as a new insertion."""
    stack.insert(ZHANG)
    before = await until(stack.reader, CardPresent)
    stack.lift_in_next_read(instead=LIU)
    with pytest.raises(CardRemoved):
        await stack.reader.read()
    await until(stack.reader, NoCard)
    assert await until(stack.reader, CardPresent) != before
    assert is_about(await stack.reader.read(), LIU)


@pytest.mark.parametrize("pause_s", [0.0, 0.1, 0.45])
async def test_swapped_between_reads(stack: Stack, pause_s: float) -> None:
    """A card swapped faster than the reader looks gives one person or an error, and soon the new person."""
    stack.insert(ZHANG)
    await until(stack.reader, CardPresent)
    stack.insert(LIU)
    await asyncio.sleep(pause_s)
    async with asyncio.timeout(HANG_S):
        while True:
            await until(stack.reader, CardPresent)
            try:
                identity = await stack.reader.read()
            except CardRemoved:
                continue
            break
    assert is_about(identity, LIU)


async def test_silence(stack: Stack) -> None:
    """A card that falls silent ends the read by its deadline; taken out, everything works again."""
    stack.insert(ZHANG)
    await until(stack.reader, CardPresent)
    stack.fall_silent()
    with pytest.raises(CardSilent):
        async with asyncio.timeout(HANG_S):
            await stack.reader.read()
    await until(stack.reader, ReaderFault)
    with pytest.raises(CardSilent):
        await stack.reader.read()
    stack.remove()
    await until(stack.reader, NoCard)
    stack.insert(LIU)
    await until(stack.reader, CardPresent)
    assert is_about(await stack.reader.read(), LIU)


async def test_garbled(stack: Stack) -> None:
    """Data that contradict themselves are refused; the error tells nothing of the holder; a new try may do."""
    stack.insert(ZHANG)
    await until(stack.reader, CardPresent)
    stack.garble_next_read()
    with pytest.raises(CardGarbled) as caught:
        await stack.reader.read()
    assert ZHANG.name not in str(caught.value)
    assert ZHANG.id_number[6:14] not in str(caught.value)
    stack.remove()
    await until(stack.reader, NoCard)
    stack.insert(ZHANG)
    await until(stack.reader, CardPresent)
    assert is_about(await stack.reader.read(), ZHANG)


async def test_unknown_card(stack: Stack) -> None:
    """A sound card of another kind is told from a broken one."""
    stack.insert_unknown()
    await until(stack.reader, CardPresent)
    with pytest.raises(CardUnsupported):
        await stack.reader.read()
    stack.remove()
    await until(stack.reader, NoCard)


async def test_reader_lost_and_back(stack: Stack) -> None:
    """The reader (or its service) goes and comes back; a card that lies there all along is a new insertion."""
    stack.insert(ZHANG)
    before = await until(stack.reader, CardPresent)
    stack.lose_reader()
    await until(stack.reader, ReaderMissing)
    with pytest.raises(ReaderLost):
        await stack.reader.read()
    stack.bring_reader_back()
    assert await until(stack.reader, CardPresent) != before
    assert is_about(await stack.reader.read(), ZHANG)


async def test_reader_lost_in_mid_read(stack: Stack) -> None:
    """A reader that goes while a silent card is being read ends the read; it comes back whole."""
    stack.insert(ZHANG)
    await until(stack.reader, CardPresent)
    stack.fall_silent()
    reading = asyncio.create_task(stack.reader.read())
    await asyncio.sleep(0.1)
    stack.lose_reader()
    with pytest.raises(CardReadError):
        await reading
    await until(stack.reader, ReaderMissing)
    stack.insert(LIU)
    stack.bring_reader_back()
    await until(stack.reader, CardPresent)
    assert is_about(await stack.reader.read(), LIU)


async def test_cancelled_read(stack: Stack) -> None:
    """A visit that ends in mid-read leaves the reader usable for the next one."""
    stack.insert(ZHANG)
    await until(stack.reader, CardPresent)
    reading = asyncio.create_task(stack.reader.read())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert is_about(await stack.reader.read(), ZHANG)


async def test_a_cancelled_read_of_a_silent_card(stack: Stack) -> None:
    """A visit that ends while a card is silent leaves the next one a clear answer, and a reader that recovers."""
    stack.insert(ZHANG)
    await until(stack.reader, CardPresent)
    stack.fall_silent()
    reading = asyncio.create_task(stack.reader.read())
    await asyncio.sleep(0.1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(CardSilent):
        await stack.reader.read()
    stack.remove()
    await until(stack.reader, NoCard)
    stack.insert(LIU)
    await until(stack.reader, CardPresent)
    assert is_about(await stack.reader.read(), LIU)


def _identities() -> list[Identity]:
    gc.collect()
    return [thing for thing in gc.get_objects() if type(thing) is Identity]


async def test_nothing_of_a_holder_stays(stack: Stack) -> None:
    """Once the visit lets go of an identity, neither the driver nor its threads hold it."""
    known = {id(thing) for thing in _identities()}  # examples of other test modules
    stack.insert(ZHANG)
    await until(stack.reader, CardPresent)
    await stack.reader.read()
    reading = asyncio.create_task(stack.reader.read())
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait({reading})
    stack.remove()
    await until(stack.reader, NoCard)
    assert not [thing for thing in _identities() if id(thing) not in known]


async def test_closing_twice(stack: Stack) -> None:
    """A reader may be closed twice, and says that it is gone."""
    await stack.reader.aclose()
    await stack.reader.aclose()
