"""A citizen applies by resident card, takes the slip home, and follows the case by it until it is decided."""

import asyncio
from dataclasses import dataclass

import pytest
import pytest_asyncio

from demo.paper import head_of, photograph_page
from demo.play import Stand
from devices.virtual.people import LIU
from tests.end_to_end.office import Officer
from tests.end_to_end.town import PHONE, Town
from tests.pdf_checks import codes_on, text_of
from wire.case import check_case_number, parse_slip, show_case_number
from wire.identity import mask_id_number, mask_name

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a citizen saw and holds after applying."""

    review: str
    number: str
    slip: bytes
    job_name: str
    cases_before: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def applied(stand: Stand) -> Applied:
    """Play the visit once, from the touch that wakes the terminal to the slip in the hand."""
    town = Town(stand)
    await town.glass.see("Attract", timeout_s=60)
    before = town.cases_of_terminal()
    review = await town.fill_in_application(LIU)
    await town.glass.tap("main")
    delivered = await town.glass.see("Delivered")
    (received,) = town.hardware.printer.received
    await town.leave()
    return Applied(review, delivered.facts["reference"].replace(" ", ""), received.pdf, received.job_name, before)


async def test_the_review_shows_what_the_card_said_and_masks_the_number(town: Town, applied: Applied) -> None:
    """Name, address and answers can be checked before anything is sent; the ID number is masked."""
    for text in (LIU.name, LIU.address, PHONE, mask_id_number(LIU.id_number)):
        assert text in applied.review
    assert LIU.id_number not in applied.review


async def test_the_slip_has_the_number_and_nothing_unmasked(town: Town, applied: Applied) -> None:
    """The paper carries number and code of the case; whoever finds it learns neither name nor ID number."""
    text = text_of(applied.slip)
    assert check_case_number(applied.number)
    assert show_case_number(applied.number).replace(" ", "") in text
    assert mask_name(LIU.name) in text
    assert mask_id_number(LIU.id_number) in text
    for secret in (LIU.name, LIU.id_number, LIU.id_number[6:14], LIU.address, PHONE):
        assert secret not in text
    (code,) = set(codes_on(applied.slip))
    slip = parse_slip(code)
    assert slip is not None
    assert slip.case_number == applied.number
    assert applied.job_name.startswith("slip-")


async def test_the_centre_has_the_application_once(town: Town, applied: Applied) -> None:
    """The envelope reaches the centre by itself: one case, accepted, with the number on the slip; nothing queued."""
    await town.soon(lambda: town.cases(applied.number) == ["accepted"], "the case is accepted")
    await town.soon(lambda: town.queued() == 0, "nothing is left to send")
    assert town.cases_of_terminal() == [*applied.cases_before, applied.number]


async def test_nothing_of_the_citizen_stays_on_the_terminal(town: Town, applied: Applied) -> None:
    """No file of terminal, spooler and card service names the citizen after the visit, in any coding."""
    assert await town.left_of(LIU) == []
    assert LIU.name not in "".join((await town.glass.look()).texts)


async def test_the_case_is_followed_by_the_slip_until_it_is_decided(town: Town, applied: Applied) -> None:
    """The slip held under the camera shows the case accepted; after the officer's decision, approved, with the note."""
    page = await asyncio.to_thread(photograph_page, applied.slip)
    await town.soon(lambda: town.cases(applied.number) == ["accepted"], "the case is accepted")
    await town.touch_in("track")
    await town.glass.see("ScanCode")
    town.hardware.camera.show_image(head_of(page))
    seen = await town.glass.see("CaseProgress")
    assert seen.facts == {"reference": applied.number, "state": "accepted"}
    assert mask_name(LIU.name) in seen.texts
    await town.glass.tap("main")

    officer = await asyncio.to_thread(Officer, town.stand.centre)
    await asyncio.to_thread(officer.press, applied.number, "review")
    await asyncio.to_thread(officer.press, applied.number, "approve", "请到12号窗口领取")
    await town.glass.see("Home")
    await town.glass.tap("tile:track")
    seen = await town.glass.see("CaseProgress")
    assert seen.facts["state"] == "approved"
    assert "请到12号窗口领取" in "".join(seen.texts)
    assert LIU.name not in "".join(seen.texts)


async def test_the_case_is_followed_by_number_and_last_four(town: Town, applied: Applied) -> None:
    """Who has no slip types the number and the last four of the ID number."""
    await town.soon(lambda: bool(town.cases(applied.number)), "the case is there")
    (state,) = town.cases(applied.number)
    await town.touch_in("track")
    await town.glass.see("ScanCode")
    await town.glass.tap("other")
    await town.glass.see_fact("length", "17")
    await town.glass.enter(applied.number)
    await town.glass.tap("main")
    await town.glass.see_fact("length", "4")
    await town.glass.enter(LIU.id_number[-4:])
    await town.glass.tap("main")
    seen = await town.glass.see("CaseProgress")
    assert seen.facts == {"reference": applied.number, "state": state}
