"""The doctor's look at the devices: each is opened, given the time to find itself, and put to its work once."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import segno

from devices.camera.api import Camera, CameraError
from devices.scanner.decoder_process import DecoderLost, DecoderProcess
from kiosk import wiring
from kiosk.config import Config
from kiosk.doctor.findings import Finding, fault, notice, well
from kiosk.status_board import DeviceState, StatusBoard
from wire.clock import Clock

PICTURE_S = 10.0  # a camera's first picture; opening one takes a second or two
_DARK = 12  # of 255: an average below it is a lens cap or a dark room
_SAMPLE = "bianmin doctor"


async def examine(config: Config, clock: Clock) -> list[Finding]:
    """Open every device of the configuration, and try each."""
    async with wiring.devices(config) as opened:
        board = StatusBoard(opened.listed(), clock)
        async with board.watching():
            states = await board.settled()
        tries: dict[str, Callable[[], Awaitable[Finding]]] = {
            "camera": lambda: picture(opened.camera),
            "scanner": decoding,
        }
        findings = []
        for state in states:
            finding = _of(state)
            if finding.well and state.kind in tries:
                finding = await tries[state.kind]()
            findings.append(finding)
    if not config.card_readers:
        findings.insert(0, notice("card_reader", "none configured"))
    return findings


def _of(state: DeviceState) -> Finding:
    subject, condition = f"{state.kind} {state.name}", state.condition
    if condition.code is not None:
        return fault(subject, condition.code, f"{condition.state} {condition.detail}".strip())
    if state.kind == "printer" and condition.detail:
        return notice(subject, condition.detail)  # reasons that do not stop it
    return well(subject, condition.detail or condition.state)


async def picture(camera: Camera) -> Finding:
    """Take one picture and drop it: its size, and whether anything can be seen on it."""
    subject = f"camera {camera.name}"
    camera.start()
    try:
        async with asyncio.timeout(PICTURE_S):
            frame = await camera.next_frame(0)
    except (TimeoutError, CameraError) as error:
        return fault(subject, "camera.fault", str(error) or f"no picture within {PICTURE_S:.0f} s")
    finally:
        camera.stop()
    height, width = frame.pixels.shape[:2]
    brightness = int(frame.pixels.mean())
    detail = f"{width} × {height}, brightness {brightness} of 255"
    return notice(subject, detail, "camera.dark") if brightness < _DARK else well(subject, detail)


async def decoding() -> Finding:
    """Give a picture of a code to a decoding process of its own, and see what comes back."""
    subject = "decoding process"
    decoder = await asyncio.to_thread(DecoderProcess)
    try:
        found = await asyncio.to_thread(decoder.decode, sample_picture(), 1.0)
    except DecoderLost as error:
        return fault(subject, "scanner.fault", str(error))
    finally:
        await asyncio.to_thread(decoder.close)
    if [code.payload.decode() for code in found] != [_SAMPLE]:
        return fault(subject, "scanner.fault", f"{len(found)} codes found in a picture of one")
    return well(subject, f"answers, by {found[0].decoder}")


def sample_picture() -> "np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]":
    """Return a picture (BGR) of a code, as sharp as none from a camera."""
    modules = np.array([list(row) for row in segno.make(_SAMPLE, micro=False).matrix_iter(border=4)], dtype=np.uint8)
    grey = np.kron(255 - 255 * np.minimum(modules, 1), np.ones((6, 6), np.uint8)).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
