"""What a camera costs: from its stream to a frame, and from a frame to the preview on the screen."""

import asyncio
import json
import time

import numpy as np

from devices.camera.opencv import OpenCvCamera
from devices.camera.watch import PictureWatch
from devices.virtual.camera import VirtualCamera
from tests.bench.programs import output_of
from tests.bench.tables import Row, Table, timed

_SECONDS = 4
_NOTE = "Drawn by Mesa's llvmpipe on the cores that everything else needs; fed with 30 pictures a second."


async def _film() -> tuple[float, ...]:
    """Return how many frames of a stream of 30 a second arrive in each second."""
    with VirtualCamera(pictures_per_s=30.0) as hardware:
        camera = OpenCvCamera("camera", hardware.url)
        camera.start()
        number = (await camera.next_frame(0)).number
        rates = []
        for _ in range(_SECONDS):
            began, first = time.perf_counter(), number
            while time.perf_counter() - began < 1:
                number = (await camera.next_frame(number)).number
            rates.append((number - first) / (time.perf_counter() - began))
        camera.stop()
        await camera.aclose()
    return tuple(rates)


def measure() -> list[Table]:
    """Return the rates of stream and preview, and what a picture costs on its way."""
    told = json.loads(output_of("tests.bench.preview_views"))
    rates = (
        Row("camera: frames of a 30-a-second MJPEG stream, 720p", asyncio.run(_film())),
        Row("screen: preview pictures shown, 720p", tuple(told["rates"])),
    )
    watch = PictureWatch(frozen_after_s=60.0, black_after_s=60.0)
    noise = np.random.default_rng(1).integers(0, 255, (2, 720, 1280, 3), np.uint8)
    turn = iter(range(10**6))
    costs = (
        Row("frozen or black? one 720p picture judged", timed(lambda: watch.see(noise[next(turn) % 2], 0.0), 50)),
        Row("one 720p picture into its texture (blit_buffer)", tuple(told["blits"])),
    )
    return [
        Table("Camera and preview", "a second", rates, (_NOTE, f"CPU of the screen meanwhile: {told['cpu'][0]:.0f} %")),
        Table("Camera and preview: cost of a picture", "ms", costs),
    ]
