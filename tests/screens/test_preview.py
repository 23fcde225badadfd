"""The camera's preview: it moves as long as it is shown, and a still one lets the terminal rest."""

import asyncio
import itertools

import numpy as np
import pytest

from devices.camera.api import Frame
from kiosk.stage import ScanCode
from screens.app import BUSY_FPS, BUSY_S, IDLE_FPS
from tests.screens.glass import Glass
from wire.text import Text

PROMPT = Text(zh="扫描", en="Scan")
PIXELS = np.full((72, 128, 3), 90, np.uint8)

pytestmark = pytest.mark.asyncio(loop_scope="session")


def looks_a_second() -> float:
    from kivy.clock import Clock  # noqa: PLC0415 - after the window

    return float(Clock._max_fps)


async def test_a_moving_picture_keeps_the_app_awake(glass: Glass) -> None:
    """Longer than an untouched app stays awake, pictures are still asked for at the full rate."""
    numbers = itertools.count(1)
    asked: list[int] = []

    def newest() -> Frame:
        asked.append(next(numbers))
        return Frame(asked[-1], PIXELS)

    await glass.show(ScanCode(prompt=PROMPT, preview=newest))
    await asyncio.sleep(BUSY_S * 1.5)
    assert looks_a_second() == BUSY_FPS
    assert len(asked) > 3


async def test_a_still_picture_lets_it_rest(glass: Glass) -> None:
    """A camera that gives nothing new costs nothing."""
    frame = Frame(1, PIXELS)
    await glass.show(ScanCode(prompt=PROMPT, preview=lambda: frame))
    async with asyncio.timeout(20):
        while looks_a_second() != IDLE_FPS:  # noqa: ASYNC110 - Kivy's clock tells nobody
            await asyncio.sleep(0.1)
