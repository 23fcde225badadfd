"""A resident of Hong Kong applies by travel permit, opened with its printed lines before the camera."""

import asyncio

import numpy as np
import pytest

from devices.virtual.page_scene import View, lay
from devices.virtual.pages import Sheet, draw
from devices.virtual.travellers import CHAN, chip
from tests.end_to_end.remains import CODINGS
from tests.end_to_end.town import PHONE, Town

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

ITEM = "housing_fund_withdrawal"
NAME = "陳𬱖明"
CHOSEN = {"reason": "retirement", "married": "no"}
TYPED = {"amount_yuan": "2000", "bank_account": "6222020000000000", "phone": PHONE}


async def answer(town: Town) -> None:
    """Answer the item's questions, up to the review."""
    while (seen := await town.glass.see_any("FormPage", "Review")).view == "FormPage":
        key = seen.facts["key"]
        if key in TYPED:
            await town.glass.enter(TYPED[key])
        else:
            await town.glass.tap(f"option:{CHOSEN[key]}")
        await town.glass.tap("main")
        await town.glass.gone(key)


async def test_an_application_by_travel_permit(town: Town) -> None:
    """From the chip to a case at the centre; nothing of the holder stays on the terminal, their key included."""
    await town.touch_in("apply")
    await town.choose(ITEM)
    await town.glass.see("ItemGuide")
    await town.glass.tap("main")
    await town.glass.see("Identify")
    town.slot.insert(chip(CHAN))
    seen = await town.glass.see("ScanCode")
    assert seen.facts == {"sought": "PRINTED_LINES"}
    page = await asyncio.to_thread(draw, Sheet.TRAVEL_CARD, mrz=CHAN.zone())
    town.hardware.camera.show_image(lay(page, View(noise=1.0), np.random.default_rng(1)).pixels)
    await town.glass.see("FormPage", timeout_s=60)
    await answer(town)
    review = await town.read_pages()
    assert NAME in review
    assert CHAN.number not in review
    await town.glass.tap("main")
    number = (await town.glass.see("Delivered")).facts["reference"].replace(" ", "")
    await town.leave()
    await town.soon(lambda: town.cases(number) == ["accepted"], "the case is accepted")
    holder = (NAME, CHAN.number, CHAN.given_names, CHAN.zone()[2], CHAN.key)
    secrets = [text.encode(coding) for text in holder for coding in CODINGS]
    left = [path for path in town.files() if any(secret in path.read_bytes() for secret in secrets)]
    assert left == []
