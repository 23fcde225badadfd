"""The camera's preview on the product's screen, fed with 30 pictures a second: printed as JSON.

``python -m tests.bench.preview_views``: ``rates``, pictures shown in each second; ``blits``, ms that one picture of
1280 × 720 takes into its texture; ``cpu``, what part of one core the process used meanwhile, in percent.
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from devices.camera.api import Frame
from kiosk.stage import ScanCode, Stage
from screens.environment import WindowSettings
from screens.running import run_app
from tests.bench.tables import timed
from wire.text import Text

_SECONDS = 4
_PICTURES_A_SECOND = 30
_SHAPE = (720, 1280, 3)


async def _main(stage: Stage) -> None:
    from kivy.core.window import Window  # noqa: PLC0415, TID251 - after Kivy was prepared
    from kivy.graphics.texture import Texture  # noqa: PLC0415, TID251

    from screens.player import Player  # noqa: PLC0415
    from screens.stage import KivyStage  # noqa: PLC0415

    assert isinstance(stage, KivyStage)
    pictures = np.random.default_rng(1).integers(0, 255, (8, *_SHAPE), np.uint8)
    given: list[int] = []
    flips: list[int] = []

    def newest() -> Frame:
        given.append(int(time.perf_counter() * _PICTURES_A_SECOND))
        return Frame(given[-1], pictures[given[-1] % len(pictures)])

    def flipped(*_: object) -> None:
        if given and (not flips or given[-1] != flips[-1]):
            flips.append(given[-1])

    showing = asyncio.create_task(stage.show(ScanCode(prompt=Text(zh="扫描", en="Scan"), preview=newest)))
    await Player(stage).see(ScanCode)
    await asyncio.sleep(2.5)  # untouched, the app would be asleep by now
    Window.bind(on_flip=flipped)
    rates, began, used = [], time.perf_counter(), time.process_time()
    for _ in range(_SECONDS):
        before, since = len(flips), time.perf_counter()
        await asyncio.sleep(1)
        rates.append((len(flips) - before) / (time.perf_counter() - since))
    cpu = (time.process_time() - used) / (time.perf_counter() - began) * 100
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    texture = Texture.create(size=(1280, 720), colorfmt="rgb")
    flat = pictures[0].reshape(-1)
    blits = timed(lambda: texture.blit_buffer(flat, colorfmt="bgr", bufferfmt="ubyte"), 50, warm=5)
    sys.stdout.write(json.dumps({"rates": rates, "blits": blits, "cpu": [cpu]}) + "\n")


if __name__ == "__main__":
    from screens import gallery_views

    with tempfile.TemporaryDirectory(prefix="bench-preview-") as home:
        window = WindowSettings(kivy_home=Path(home), now=lambda: gallery_views.NOW, offscreen=True)
        asyncio.run(run_app(_main, window))
