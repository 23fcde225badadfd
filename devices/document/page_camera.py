"""Films until a page lies still and well seen, takes it, and says meanwhile what is wrong."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from typing import TypeVar

import numpy as np

from devices.camera.api import Camera, Frame, Pixels
from devices.document.api import NoPage, Page, PageFound, Paper, Quality, Sight, Tone, look, page_of
from devices.document.filming import pictures
from devices.status import StatusCell

T = TypeVar("T")
_STILL = 0.01  # of the sheet's diagonal that a corner may move between two pictures


class PageCamera:
    """Takes pages with a camera that it starts and stops, but does not own.

    ``quality`` is the hint for the screen, the last picture's; it changes only when the kind of hint does.
    A page is taken when ``steady`` pictures in a row show it well and in the same place.
    """

    def __init__(self, camera: Camera, *, steady: int = 3, patience_s: float = 10.0) -> None:
        self.name = f"pages by {camera.name}"
        self.quality: StatusCell[Quality] = StatusCell(NoPage())
        self._camera = camera
        self._steady = steady
        self._patience_s = patience_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pages")
        self._filming = 0

    async def next_page(self, tone: Tone = Tone.COLOUR, paper: Paper | None = None) -> Page:
        """Film until a page lies still and well seen, and return it; cancel to stop filming.

        A page that stays in view is returned once per call: whoever wants another asks for it to be laid down first.
        Raises :class:`devices.camera.api.CameraError` when no picture comes.
        """
        self._filming += 1
        try:
            return await self._film(tone, paper)
        finally:
            self._filming -= 1
            self.quality.set(NoPage())

    def latest(self) -> Frame | None:
        """Return the newest picture for a preview while filming, else None."""
        return self._camera.latest() if self._filming else None

    async def aclose(self) -> None:
        """End the thread. The camera stays its owner's. May be called twice."""
        await asyncio.to_thread(self._thread.shutdown)

    async def _film(self, tone: Tone, paper: Paper | None) -> Page:
        before: Sight | None = None
        still = 0
        async with aclosing(pictures(self._camera, self._patience_s)) as film:
            while True:
                frame = await anext(film)
                sight = await self._run(partial(look, frame.pixels, paper))
                if type(sight.quality) is not type(self.quality.value):
                    self.quality.set(sight.quality)
                good = isinstance(sight.quality, PageFound)
                still = (still + 1 if before is not None and _same_place(before, sight) else 1) if good else 0
                before = sight
                if still >= self._steady:
                    return await self._run(partial(_page, frame.pixels, sight, tone))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _page(pixels: Pixels, sight: Sight, tone: Tone) -> Page:
    page = page_of(pixels, sight, tone)
    if page is None:
        raise AssertionError("a page that was found is there")
    return page


def _same_place(before: Sight, now: Sight) -> bool:
    if before.corners is None or now.corners is None:
        return False
    diagonal = float(np.linalg.norm(now.corners[0] - now.corners[2]))
    return float(np.linalg.norm(before.corners - now.corners, axis=1).max()) < _STILL * diagonal
