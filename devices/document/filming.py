"""A camera's pictures, one by one: the newest each time, and the camera stopped at the end."""

import asyncio
from collections.abc import AsyncGenerator

from devices.camera.api import Camera, CameraError, Exposure, Frame


async def pictures(camera: Camera, patience_s: float) -> AsyncGenerator[Frame, None]:
    """Start the camera and yield its newest picture whenever one is asked for; stop it when closed.

    Close it with ``contextlib.aclosing``. Raises :class:`CameraError` after ``patience_s`` without a picture.
    """
    camera.prefer(Exposure.PAPER)
    camera.start()
    try:
        number = 0
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    frame = await camera.next_frame(number)
            except TimeoutError as error:
                raise CameraError(f"{camera.name} gave no picture for {patience_s:.0f} s") from error
            number = frame.number
            yield frame
    finally:
        camera.stop()
