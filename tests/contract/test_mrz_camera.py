"""Machine readable zones read by the real camera driver's pictures and the real tesseract, from a virtual camera."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import numpy as np
import pytest

from devices.camera.api import CameraError
from devices.camera.opencv import OpenCvCamera
from devices.document.errors import ReadingFailed
from devices.document.mrz_camera import MrzCamera
from devices.document.mrz_reading import NoZone, ZoneUnread
from devices.document.tesseract import Tesseract
from devices.virtual.camera import CameraTrouble, VirtualCamera
from devices.virtual.page_scene import View, lay
from devices.virtual.pages import Sheet, draw
from devices.virtual.travellers import ANNA, CHAN
from tests.contract.cameras import driver, nobody_filmed

HANG_S = 90.0
TODAY = date(2026, 11, 24)


def scene(sheet: Sheet, zone: tuple[str, ...], view: View | None = None) -> "np.typing.NDArray[np.uint8]":
    return lay(draw(sheet, mrz=zone), view or View(noise=1.0), np.random.default_rng(1)).pixels


@pytest.fixture
async def camera(counter: VirtualCamera) -> AsyncIterator[OpenCvCamera]:
    async with driver(counter.url, read_timeout_s=5.0) as camera:
        yield camera


@pytest.fixture
async def reader(camera: OpenCvCamera) -> AsyncIterator[MrzCamera]:
    reader = MrzCamera(camera, lambda: TODAY, tesseract=Tesseract(deadline_s=60.0), patience_s=HANG_S)
    yield reader
    await reader.aclose()


async def test_a_passport_then_a_card(counter: VirtualCamera, reader: MrzCamera) -> None:
    """Each is read as printed, and nobody is filmed afterwards."""
    for sheet, traveller in ((Sheet.PASSPORT, ANNA), (Sheet.TRAVEL_CARD, CHAN)):
        counter.show_image(scene(sheet, traveller.zone()))
        async with asyncio.timeout(HANG_S):
            mrz = await reader.next_mrz()
        assert mrz.lines == traveller.zone()
        assert mrz.key() == traveller.key
        assert await nobody_filmed(counter)


async def test_it_is_said_what_is_seen(counter: VirtualCamera, reader: MrzCamera) -> None:
    """Nothing at first; a zone with a wrong check digit is seen and not read; the right one is read."""
    zone = ANNA.zone()
    wrong = (zone[0], zone[1][:2] + ("3" if zone[1][2] == "9" else "9") + zone[1][3:])
    reading = asyncio.create_task(reader.next_mrz())
    counter.show_image(scene(Sheet.PASSPORT, wrong))
    async with asyncio.timeout(HANG_S):
        assert await reader.sight.changed(NoZone()) == ZoneUnread()
        counter.show_image(scene(Sheet.PASSPORT, zone))
        assert (await reading).lines == zone
    assert reader.sight.value == NoZone()


async def test_whoever_goes_away_is_not_filmed(counter: VirtualCamera, reader: MrzCamera) -> None:
    """Cancelled: the camera stops, and the next reading begins anew."""
    reading = asyncio.create_task(reader.next_mrz())
    assert await asyncio.to_thread(counter.wait_for_viewers, 1, HANG_S)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert await nobody_filmed(counter)
    counter.show_image(scene(Sheet.PASSPORT, ANNA.zone()))
    async with asyncio.timeout(HANG_S):
        assert (await reader.next_mrz()).lines == ANNA.zone()


@pytest.mark.fault("camera absent", code="camera.fault")
async def test_no_pictures_is_an_error(counter: VirtualCamera, camera: OpenCvCamera) -> None:
    """A dead camera ends the reading, after a patience."""
    counter.fail(CameraTrouble.REFUSE)
    reader = MrzCamera(camera, lambda: TODAY, patience_s=0.3)
    with pytest.raises(CameraError):
        await reader.next_mrz()
    await reader.aclose()


@pytest.mark.fault("reading of printed lines fails", code="document.reading_failed")
async def test_a_missing_program_is_an_error(counter: VirtualCamera, camera: OpenCvCamera) -> None:
    """Without tesseract the citizen is told to type, as soon as there is something to read."""
    counter.show_image(scene(Sheet.PASSPORT, ANNA.zone()))
    reader = MrzCamera(camera, lambda: TODAY, tesseract=Tesseract("/nowhere/tesseract"), patience_s=HANG_S)
    with pytest.raises(ReadingFailed):
        async with asyncio.timeout(HANG_S):
            await reader.next_mrz()
    await reader.aclose()
    assert await nobody_filmed(counter)
