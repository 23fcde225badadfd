"""A decoder that reads something else in one frame."""

import asyncio
import sys

import pytest

from devices.camera.opencv import OpenCvCamera
from devices.scanner.camera_scanner import CameraScanner
from devices.scanner.decoder_process import DecoderProcess
from devices.virtual.camera import VirtualCamera
from tests.contract.scanners import HANG_S

MISREADS_ONCE = """
import itertools, sys
from devices.scanner.api import ScannedCode, Seen
from devices.scanner.decoder_child import serve
calls = itertools.count()
def see(picture, budget_s, turn):
    call = next(calls)  # the first is the check at start
    return Seen(() if call == 0 else (ScannedCode(b"misread" if call == 1 else b"right", "test"),))
serve(see, sys.stdin.buffer, sys.stdout.buffer)
"""


@pytest.mark.fault("code misread")
async def test_one_frames_word_is_not_enough(counter: VirtualCamera, counter_camera: OpenCvCamera) -> None:
    """A payload that only one frame gave is not returned."""
    scanner = CameraScanner(counter_camera, decoder=DecoderProcess((sys.executable, "-c", MISREADS_ONCE)))
    async with asyncio.timeout(HANG_S):
        assert (await scanner.next_code()).payload == b"right"
    await scanner.aclose()
