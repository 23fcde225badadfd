"""Pages taken through the real camera driver from a virtual camera: hints while it is wrong, then a page."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from devices.camera.api import CameraError
from devices.document.api import NoPage, Pages, Paper, Quality, Tone, TooDark, TooFar, to_pdf
from devices.document.page_camera import PageCamera
from devices.virtual.camera import CameraTrouble, VirtualCamera
from devices.virtual.page_scene import Light, View, lay
from devices.virtual.pages import Sheet, draw
from tests.contract.cameras import driver, nobody_filmed

HANG_S = 90.0


@pytest.fixture
async def taker(counter: VirtualCamera) -> AsyncIterator[PageCamera]:
    async with driver(counter.url, read_timeout_s=5.0) as camera:
        taker = PageCamera(camera, patience_s=HANG_S)
        yield taker
        await taker.aclose()


def put(counter: VirtualCamera, sheet: Sheet, view: View) -> None:
    counter.show_image(lay(draw(sheet), view, np.random.default_rng(1)).pixels)


async def hint(taker: PageCamera, wanted: type[Quality]) -> None:
    async with asyncio.timeout(HANG_S):
        while not isinstance(quality := taker.quality.value, wanted):
            await taker.quality.changed(quality)


async def test_hints_then_a_page(counter: VirtualCamera, taker: PageCamera) -> None:
    """Nothing there, too far, too dark, right: each is said; the page comes when it lies still, and filming ends."""
    taking = asyncio.create_task(taker.next_page(Tone.GREY))
    await hint(taker, NoPage)
    put(counter, Sheet.FORM, View(turn=3, fill=0.35, noise=1.0))
    await hint(taker, TooFar)
    assert taker.latest() is not None
    put(counter, Sheet.FORM, View(turn=3, fill=0.9, light=Light.DIM, noise=1.0))
    await hint(taker, TooDark)
    put(counter, Sheet.FORM, View(turn=3, fill=0.9, noise=1.0))
    async with asyncio.timeout(HANG_S):
        page = await taking
    assert (page.paper, page.tone, page.pixels.shape) == (Paper.A4, Tone.GREY, (1754, 1240))
    assert await nobody_filmed(counter)
    assert taker.latest() is None


async def test_two_pages_one_taken_again(counter: VirtualCamera, taker: PageCamera) -> None:
    """Two pages make a document of two; the first is taken again, and the file has the new one."""
    put(counter, Sheet.LETTER, View(turn=2, fill=0.9, noise=1.0))
    async with asyncio.timeout(HANG_S):
        first = await taker.next_page(Tone.BINARY)
        put(counter, Sheet.CARD, View(turn=-5, noise=1.0))
        second = await taker.next_page()
    assert (first.paper, second.paper) == (Paper.A4, Paper.CARD)
    pages = Pages().added(first).added(second)
    pdf = to_pdf(pages.pages)
    again = to_pdf(pages.retaken(1, second).pages)
    assert pdf != again == to_pdf((second, second))


@pytest.mark.fault("camera absent", code="camera.fault")
async def test_no_pictures_is_an_error(counter: VirtualCamera) -> None:
    """A dead camera ends the taking, after a patience."""
    counter.fail(CameraTrouble.REFUSE)
    async with driver(counter.url) as camera:
        taker = PageCamera(camera, patience_s=0.3)
        with pytest.raises(CameraError):
            await taker.next_page()
        await taker.aclose()
