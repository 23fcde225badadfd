"""A pcscd that is restarted under the reader, at any time."""

import asyncio

import pytest

from devices.card_reader import social_security
from devices.card_reader.api import CardPresent, CardReadError, NoCard
from devices.card_reader.pcsc_reader import PcscReader
from devices.virtual.card_slot import Slow
from devices.virtual.card_social_security import SocialSecurityCard
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.people import LIU, ZHANG
from tests.contract.card_stacks import is_about, until, until_another


@pytest.mark.fault("pcscd restarted")
@pytest.mark.parametrize("kill", [False, True], ids=["as systemd does", "killed"])
async def test_restarted_in_mid_read(virtual_pcscd: VirtualPcscd, kill: bool) -> None:  # noqa: FBT001
    """A read that a restart cuts off is an error; the card, which lay there all along, is then read whole."""
    reader = PcscReader([social_security.read], name_part=virtual_pcscd.reader_names[0])
    try:
        await until(reader, NoCard)
        virtual_pcscd.slots[0].insert(SocialSecurityCard(ZHANG), Slow(0.1))
        before = await until(reader, CardPresent)
        reading = asyncio.create_task(reader.read())
        await asyncio.sleep(0.3)
        await asyncio.to_thread(virtual_pcscd.restart, kill=kill)
        with pytest.raises(CardReadError):
            await reading
        await until_another(reader, before)
        assert is_about(await reader.read(), ZHANG)
    finally:
        await reader.aclose()


@pytest.mark.fault("pcscd restarted")
async def test_restarted_again_and_again(virtual_pcscd: VirtualPcscd) -> None:
    """Several restarts in a row leave a reader that reads the next card."""
    reader = PcscReader([social_security.read], name_part=virtual_pcscd.reader_names[0])
    try:
        await until(reader, NoCard)
        for _ in range(3):
            await asyncio.to_thread(virtual_pcscd.restart, kill=True)
        virtual_pcscd.slots[0].insert(SocialSecurityCard(LIU))
        await until(reader, CardPresent)
        assert is_about(await reader.read(), LIU)
    finally:
        await reader.aclose()
