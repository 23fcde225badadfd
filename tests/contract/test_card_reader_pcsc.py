"""What only PC/SC can do to a card reader: services that restart, slots, cards that want a PIN."""

import asyncio
import dataclasses
from itertools import product

import pytest

from devices.card_reader import social_security
from devices.card_reader.api import CardPresent, CardStatus, CardWantsPin, NoCard, ReaderMissing
from devices.card_reader.pcsc_reader import PcscReader
from devices.virtual.card_slot import Slow
from devices.virtual.card_social_security import Asked, Generation, SocialSecurityCard, UnknownCard
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.people import LIU, ZHANG
from tests.contract.card_stacks import is_about, until, until_another


@pytest.mark.fault("card reader unplugged")
async def test_cable_pulled_and_put_back(virtual_pcscd: VirtualPcscd) -> None:
    """A reader that is not there is missing though pcscd runs, and is found when it is."""
    virtual_pcscd.restart(with_reader=False)
    reader = PcscReader([social_security.read])
    try:
        await until(reader, ReaderMissing)
        virtual_pcscd.restart()
        await until(reader, NoCard)
        virtual_pcscd.restart(with_reader=False)
        await until(reader, ReaderMissing)
    finally:
        virtual_pcscd.restart()
        await reader.aclose()


async def test_two_slots_do_not_mix(virtual_pcscd: VirtualPcscd) -> None:
    """Two drivers on two slots read each its own card."""
    readers = [PcscReader([social_security.read], name_part=name) for name in virtual_pcscd.reader_names[:2]]
    try:
        for reader in readers:
            await until(reader, NoCard)
        for slot, person in zip(virtual_pcscd.slots[:2], (ZHANG, LIU), strict=True):
            slot.insert(SocialSecurityCard(person))
        for reader, person in zip(readers, (ZHANG, LIU), strict=True):
            await until(reader, CardPresent)
            assert is_about(await reader.read(), person)
    finally:
        for reader in readers:
            await reader.aclose()


@pytest.mark.fault("card wants its PIN", code="card.wants_pin")
async def test_a_card_that_wants_its_pin(virtual_pcscd: VirtualPcscd) -> None:
    """The citizen is told that the card wants a PIN, not that it is broken."""
    reader = PcscReader([social_security.read], name_part=virtual_pcscd.reader_names[0])
    try:
        await until(reader, NoCard)
        virtual_pcscd.slots[0].insert(SocialSecurityCard(ZHANG, wants_pin=True))
        await until(reader, CardPresent)
        with pytest.raises(CardWantsPin):
            await reader.read()
    finally:
        await reader.aclose()


async def test_profiles_are_tried_in_order(virtual_pcscd: VirtualPcscd) -> None:
    """A profile that does not know the card leaves it to the next; a slow card is read all the same."""
    asked: list[str] = []

    def knows_nothing(_: object) -> None:
        asked.append("first")

    durations: list[float] = []
    reader = PcscReader(
        [knows_nothing, social_security.read],
        name_part=virtual_pcscd.reader_names[0],
        on_apdu=durations.append,
    )
    try:
        await until(reader, NoCard)
        virtual_pcscd.slots[0].insert(SocialSecurityCard(ZHANG))
        virtual_pcscd.slots[0].fail_next(Slow(0.02))
        await until(reader, CardPresent)
        assert is_about(await reader.read(), ZHANG)
        assert asked == ["first"]
        assert len(durations) > 10
        assert min(durations) >= 0.02
        virtual_pcscd.slots[0].insert(UnknownCard())
    finally:
        await reader.aclose()


LAYOUTS = [
    (generation, asked, hands_out_later)
    for number, (generation, asked) in enumerate(product(Generation, Asked))
    for hands_out_later in [number % 2 == 0]  # as T=0 cards do: 61xx and 6Cxx first
    if asked is not Asked.LIKE_NO_OTHER
]


async def test_every_layout_of_social_security_card(virtual_pcscd: VirtualPcscd) -> None:
    """Cards of every generation, asked in every way, give the same holder through the real stack."""
    long_named = dataclasses.replace(LIU, name="阿卜杜热合曼·阿卜杜克力木·吐尔逊")

    async def some(which: int) -> int:
        reader = PcscReader([social_security.read], name_part=virtual_pcscd.reader_names[which])
        read = 0
        try:
            before: CardStatus = await until(reader, NoCard)
            for generation, asked, hands_out_later in LAYOUTS[which :: len(virtual_pcscd.slots)]:
                person = LIU if generation is Generation.FIRST else long_named
                card = SocialSecurityCard(person, generation=generation, asked=asked, hands_out_later=hands_out_later)
                virtual_pcscd.slots[which].insert(card)
                await until_another(reader, before)
                before = reader.status
                assert is_about(await reader.read(), person)
                read += 1
        finally:
            await reader.aclose()
        return read

    assert sum(await asyncio.gather(*map(some, range(len(virtual_pcscd.slots))))) == len(LAYOUTS)
