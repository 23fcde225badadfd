"""When a page that is filmed is taken: it lay still, and well seen, in three pictures in a row."""

import asyncio
from dataclasses import dataclass, field

import pytest

from devices.camera.api import Camera, CameraError, CameraReady, CameraStatus, Exposure, Frame, Pixels
from devices.document.api import Blurred, NoPage, Paper, Quality
from devices.document.page_camera import PageCamera
from devices.virtual.page_scene import View
from devices.virtual.pages import Sheet
from tests.page_scenes import EMPTY, seen

HERE, THERE, LATER = (seen(Sheet.CARD, View(turn=turn)).pixels for turn in (0, 12, -6))
UNSHARP = seen(Sheet.CARD, View(turn=-6, blur=4.0)).pixels


@dataclass
class Film:
    """A camera that gives these pictures, one each time it is asked, and then none."""

    pictures: list[Pixels]
    name: str = "film"
    given: int = 0
    users: int = 0
    told: list[Exposure] = field(default_factory=list)
    status: CameraStatus = field(default_factory=lambda: CameraReady(1280, 720))

    async def changed(self, since: CameraStatus) -> CameraStatus:
        await asyncio.Event().wait()
        return since

    def prefer(self, exposure: Exposure) -> None:
        self.told.append(exposure)

    def start(self) -> None:
        self.users += 1

    def stop(self) -> None:
        self.users -= 1

    def latest(self) -> Frame | None:
        return Frame(self.given, self.pictures[self.given - 1])

    async def next_frame(self, after: int) -> Frame:
        if self.given == len(self.pictures):
            await asyncio.Event().wait()
        self.given += 1
        return Frame(self.given, self.pictures[self.given - 1])

    async def aclose(self) -> None:
        raise AssertionError("the camera is its owner's")


async def taken_at(pictures: list[Pixels]) -> tuple[int, list[type[Quality]]]:
    """Return at which picture the page was taken, and the hints until then."""
    film: Camera = Film(pictures)
    assert isinstance(film, Film)
    taker = PageCamera(film, patience_s=60.0)
    hints: list[type[Quality]] = []

    async def note() -> None:
        quality = taker.quality.value
        while True:
            quality = await taker.quality.changed(quality)
            hints.append(type(quality))

    noting = asyncio.create_task(note())
    async with asyncio.timeout(60):
        page = await taker.next_page()
    noting.cancel()
    await taker.aclose()
    assert page.paper is Paper.CARD
    assert (film.users, film.told) == (0, [Exposure.PAPER])
    return film.given, hints


@pytest.mark.parametrize(
    ("pictures", "at"),
    [
        ([HERE, HERE, HERE, HERE], 3),
        ([EMPTY, HERE, HERE, HERE, THERE], 4),
        ([HERE, HERE, THERE, THERE, LATER, LATER, LATER], 7),
        ([HERE, THERE, HERE, THERE, HERE, HERE, HERE], 7),
        ([LATER, LATER, UNSHARP, LATER, LATER, LATER], 6),
        ([LATER, LATER, EMPTY, LATER, LATER, LATER], 6),
    ],
)
async def test_taken_when_it_lies_still(pictures: list[Pixels], at: int) -> None:
    """A page that moves, leaves or blurs begins its three pictures anew."""
    assert (await taken_at(pictures))[0] == at


async def test_a_hint_is_told_once_for_each_change() -> None:
    """Blurred for three pictures is one hint, not three."""
    _, hints = await taken_at([UNSHARP, UNSHARP, UNSHARP, LATER, LATER, LATER])
    assert hints.count(Blurred) == 1
    assert NoPage not in hints[:1]


async def test_no_picture_for_long_is_an_error() -> None:
    """The camera is stopped, whatever ends the film."""
    film = Film([])
    taker = PageCamera(film, patience_s=0.05)
    with pytest.raises(CameraError):
        await taker.next_page()
    assert film.users == 0
    await taker.aclose()
