"""Cards pulled too early."""

import pytest

from devices.card_reader.api import CardPresent, CardRemoved, NoCard
from devices.virtual.people import LIU, ZHANG
from tests.contract.card_stacks import Stack, is_about, until


@pytest.mark.fault("card pulled", code="card.removed")
async def test_pulled_in_mid_read(card_stack: Stack) -> None:
    """A card pulled too early says so, and the next card reads well."""
    card_stack.insert(ZHANG)
    await until(card_stack.reader, CardPresent)
    card_stack.lift_in_next_read()
    with pytest.raises(CardRemoved):
        await card_stack.reader.read()
    await until(card_stack.reader, NoCard)
    card_stack.insert(LIU)
    await until(card_stack.reader, CardPresent)
    assert is_about(await card_stack.reader.read(), LIU)
