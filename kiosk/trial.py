"""Puts a device to its work once, for the doctor and the technician's screen, and says how it went."""

import asyncio
from dataclasses import dataclass
from functools import partial

import numpy as np
import segno

from devices.camera.api import Camera, CameraError, Pixels
from devices.scanner.decoder_process import DecoderLost, DecoderProcess
from devices.speech.api import Speech
from kiosk.condition import condition_of
from wire.text import Language, Text

PICTURE_S = 10.0  # a camera's first picture; opening one takes a second or two
_DARK = 12  # of 255: an average below it is a lens cap or a dark room
_PATIENCE_S = 10.0  # nobody waits before the camera: a slow machine is no broken one
_SAMPLE = "bianmin"
_SPOKEN = Text(zh="这台机器可以朗读。", en="This machine can read aloud.")


@dataclass(frozen=True, slots=True)
class Trial:
    """How it went. ``code``: of ``wire/problems.toml``, None when all is well. ``works``: it serves all the same."""

    detail: str
    code: str | None = None
    works: bool = True


async def take_picture(camera: Camera) -> Trial:
    """Take one picture and drop it: its size, and whether anything can be seen on it."""
    camera.start()
    try:
        async with asyncio.timeout(PICTURE_S):
            frame = await camera.next_frame(0)
    except (TimeoutError, CameraError) as error:
        return Trial(str(error) or f"no picture within {PICTURE_S:.0f} s", "camera.fault", works=False)
    finally:
        camera.stop()
    height, width = frame.pixels.shape[:2]
    brightness = int(frame.pixels.mean())
    return Trial(f"{width} × {height}, brightness {brightness}/255", "camera.dark" if brightness < _DARK else None)


async def decode_sample() -> Trial:
    """Give a picture of a code to a decoding process of its own, and see what comes back."""
    decoder = await asyncio.to_thread(partial(DecoderProcess, deadline_s=_PATIENCE_S))
    try:
        found = await asyncio.to_thread(decoder.decode, sample_picture(), 1.0)
    except DecoderLost as error:
        return Trial(str(error), "scanner.fault", works=False)
    finally:
        await asyncio.to_thread(decoder.close)
    if [code.payload.decode() for code in found] != [_SAMPLE]:
        return Trial(f"{len(found)} codes found in a picture of one", "scanner.fault", works=False)
    return Trial(f"decoding process answers ({found[0].decoder})")


async def speak(speech: Speech) -> Trial:
    """Say a sentence in each language. Whether anybody heard it, only who stands there knows."""
    for language in Language:
        await speech.say(_SPOKEN.in_language(language), language)
    condition = condition_of(speech.status)
    return Trial(condition.detail or condition.state, condition.code)


def sample_picture() -> Pixels:
    """Return a picture of a code, as sharp as none from a camera."""
    modules = np.array([list(row) for row in segno.make(_SAMPLE, micro=False).matrix_iter(border=4)], dtype=np.uint8)
    grey = np.kron(np.where(modules, 0, 255), np.ones((6, 6), np.uint8)).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
