"""Cards whose data contradict themselves."""

import pytest

from devices.card_reader.api import CardGarbled, CardPresent, NoCard
from devices.virtual.people import ZHANG
from tests.contract.card_stacks import Stack, is_about, until


@pytest.mark.fault("card garbled", code="card.garbled")
async def test_garbled(card_stack: Stack) -> None:
    """Data that contradict themselves are refused; the error tells nothing of the holder; a new try may do."""
    card_stack.insert(ZHANG)
    await until(card_stack.reader, CardPresent)
    card_stack.garble_next_read()
    with pytest.raises(CardGarbled) as caught:
        await card_stack.reader.read()
    assert ZHANG.name not in str(caught.value)
    assert ZHANG.id_number[6:14] not in str(caught.value)
    card_stack.remove()
    await until(card_stack.reader, NoCard)
    card_stack.insert(ZHANG)
    await until(card_stack.reader, CardPresent)
    assert is_about(await card_stack.reader.read(), ZHANG)
