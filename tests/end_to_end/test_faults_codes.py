"""Codes before the camera that cannot be read, or are not the ones wanted."""

import asyncio
from datetime import date

import pytest

from devices.virtual.people import ZHANG
from tests.end_to_end.town import Town
from tests.pdf_checks import codes_on
from wire.case import SlipCode, new_case_number, new_slip_token

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

SLIP = SlipCode(case_number=new_case_number(date(2026, 11, 23), 12, 7), token=new_slip_token())
LOOKED_AT = 20  # pictures filmed, a second's worth: the scanner takes the newest each time


async def filmed(town: Town) -> None:
    """Wait until the camera has filmed what lies before it, over and over."""
    assert await asyncio.to_thread(town.hardware.camera.wait_for_pictures, LOOKED_AT, 20)


async def test_a_blurred_code_does_nothing_and_back_works(town: Town) -> None:
    """What nobody could read is not named as wrong: the screen waits on, and Back leads home."""
    slip = SLIP.to_text(town.stand.centre.url).encode()
    town.hardware.camera.show_code(slip, blurred=True)
    await town.touch_in("track")
    await town.glass.see("ScanCode")
    await filmed(town)
    assert (await town.glass.see("ScanCode")).facts == {}  # no problem is named
    await town.glass.tap("back")
    await town.glass.see("Home")


async def test_a_wrong_kind_of_code_is_named_and_the_right_one_taken(town: Town) -> None:
    """Other people's codes and a slip's are named each in its own words; the certificate's is taken at last."""
    await town.ask_for_certificate(ZHANG)
    await town.glass.tap("main")
    await town.glass.see("Delivered")
    (code,) = set(codes_on(town.hardware.printer.received[-1].pdf))
    await town.leave()

    town.hardware.camera.show_code(b"https://pay.example/?to=me")
    await town.touch_in("check")
    await town.glass.see_problem("verification.not_our_code")
    town.hardware.camera.show_code(SLIP.to_text(town.stand.centre.url).encode())
    await town.glass.see_problem("scan.slip_not_certificate")
    town.hardware.camera.show_code("其他单位的证明".encode("gb18030"))  # read as text, and not ours
    await town.glass.see_problem("verification.not_our_code")
    town.hardware.camera.show_code(b"\xd2\x84\x00\x01\xff")  # no text at all
    await town.glass.see_problem("scan.wrong_kind")
    town.hardware.camera.show_code(code.encode())
    seen = await town.glass.see("VerificationResult")
    assert seen.facts == {"result": "GENUINE"}
    await town.glass.tap("main")

    await town.glass.see("Home")
    await town.glass.tap("tile:track")
    seen = await town.glass.see_problem("scan.wrong_kind")
    assert seen.view == "ScanCode"
