"""What can happen to a card while a citizen holds it: it is named on the screen, and the visit goes on."""

import asyncio
from collections.abc import Callable

import pytest

from devices.virtual import card_slot, sam_module
from devices.virtual.card_resident import OtherCard, ResidentCard
from devices.virtual.card_social_security import SocialSecurityCard, UnknownCard
from devices.virtual.people import LIU, ZHANG
from tests.end_to_end.town import CERTIFICATE, Town

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

CHOICES: dict[str, tuple[Callable[[Town], None], str]] = {
    "contact card pulled while being read": (
        lambda town: town.slot.insert(SocialSecurityCard(ZHANG), card_slot.Pulled(at_apdu=4)),
        "card.removed",
    ),
    "resident card lifted while being read": (
        lambda town: town.hardware.sam.insert(ResidentCard(LIU), sam_module.Lifted()),
        "card.removed",
    ),
    "bank card": (lambda town: town.slot.insert(UnknownCard()), "card.unsupported"),
    "bus card": (lambda town: town.hardware.sam.insert(OtherCard()), "card.unsupported"),
    "silent card": (
        lambda town: town.slot.insert(SocialSecurityCard(ZHANG), card_slot.Silent(at_apdu=2)),
        "card.silent",
    ),
}


async def asked_for_a_card(town: Town) -> None:
    """Go up to where the card is asked for."""
    await town.touch_in("print")
    await town.choose(CERTIFICATE)
    await town.glass.see_fact("reader", "WAITING")


@pytest.mark.parametrize("what", CHOICES)
async def test_a_card_that_cannot_be_read_is_named_and_the_next_try_goes_through(town: Town, what: str) -> None:
    """The screen that asks for the card says what was wrong with it; the same visit goes on with a good one."""
    put, code = CHOICES[what]
    await asked_for_a_card(town)
    put(town)
    seen = await town.glass.see_problem(code)
    assert seen.view == "Identify"
    town.hardware.take_cards()
    town.hardware.insert_social_security_card(ZHANG)
    await town.glass.see("FormPage")
    await town.answer_questions()
    assert ZHANG.name in await town.read_pages()


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
async def test_the_card_service_restarts_while_a_card_is_awaited(town: Town, kill: bool) -> None:  # noqa: FBT001 - a case
    """Nothing has to be done at the terminal: the next card is read by the new service."""
    await asked_for_a_card(town)
    await asyncio.to_thread(town.hardware.pcscd.restart, kill=kill)
    town.hardware.insert_social_security_card(ZHANG)
    await town.glass.see("FormPage")
    await town.answer_questions()
    assert ZHANG.name in await town.read_pages()


async def test_the_card_service_restarts_while_the_card_lies_there(town: Town) -> None:
    """Whoever was identified stays so: the visit goes on to its end with the card where it was."""
    await town.ask_for_certificate(ZHANG)
    await asyncio.to_thread(town.hardware.pcscd.restart, kill=True)
    await town.glass.tap("main")
    await town.glass.see("Delivered")
    assert town.printed() == 1
