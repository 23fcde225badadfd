"""Films until the MRZ of a document is read, and says meanwhile what is seen of it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import date

from devices.camera.api import Camera, Frame
from devices.document.filming import pictures
from devices.document.mrz_reading import MrzSight, NoZone, ZoneRead, look_for_mrz
from devices.document.tesseract import Tesseract
from devices.mrz import Mrz
from devices.status import StatusCell


class MrzCamera:
    """Reads MRZs with a camera that it starts and stops, but does not own.

    An MRZ is believed when every check digit is right in each of two pictures and both give the same lines: names and
    the issuer have no check digit. ``today`` is asked at each picture. ``sight`` is what the last picture showed, for
    the screen to say: that a zone was seen or was not, never what it says.
    """

    def __init__(
        self,
        camera: Camera,
        today: Callable[[], date],
        *,
        tesseract: Tesseract | None = None,
        patience_s: float = 10.0,
    ) -> None:
        self.name = f"MRZ by {camera.name}"
        self.sight: StatusCell[MrzSight] = StatusCell(NoZone())
        self._camera = camera
        self._today = today
        self._tesseract = tesseract or Tesseract()
        self._patience_s = patience_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mrz")
        self._filming = 0

    def latest(self) -> Frame | None:
        """Return the newest picture for a preview while filming, else None."""
        return self._camera.latest() if self._filming else None

    async def next_mrz(self, but_not: str | None = None) -> Mrz:
        """Film until an MRZ is read, and return it; cancel to stop filming.

        ``but_not``: the key of a document to pass over, which has been refused.
        Raises :class:`devices.camera.api.CameraError` when no picture comes, and
        :class:`devices.document.errors.ReadingFailed` when the program that reads fails.
        """
        loop = asyncio.get_running_loop()
        before: Mrz | None = None
        self._filming += 1
        try:
            async with aclosing(pictures(self._camera, self._patience_s)) as film:
                while True:
                    frame = await anext(film)
                    sight = await loop.run_in_executor(
                        self._thread, look_for_mrz, frame.pixels, self._today(), self._tesseract
                    )
                    if not isinstance(sight, ZoneRead):
                        self.sight.set(sight)
                    elif sight.mrz.key() == but_not:
                        before = None
                    elif before is not None and before.lines == sight.mrz.lines:
                        return sight.mrz
                    else:
                        before = sight.mrz
        finally:
            self._filming -= 1
            self.sight.set(NoZone())

    async def aclose(self) -> None:
        """End what is being read. The camera stays its owner's. May be called twice."""
        self._tesseract.stop()
        await asyncio.to_thread(self._thread.shutdown)
