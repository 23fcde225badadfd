"""Slow cards and lines."""

import pytest

from devices.card_reader.api import CardPresent
from devices.virtual.people import LIU
from tests.contract.card_stacks import Stack, is_about, until


@pytest.mark.fault("card slow")
async def test_slow(card_stack: Stack) -> None:
    """A card of 9600 baud, or a slow module, is read whole within the deadline."""
    card_stack.insert(LIU)
    await until(card_stack.reader, CardPresent)
    card_stack.slow_down()
    assert is_about(await card_stack.reader.read(), LIU)
