"""A decoding process that crashes."""

import asyncio
import os
import signal
import time

import pytest

from devices.scanner.api import ScannedCode, ScannerReady
from devices.scanner.camera_scanner import CameraScanner
from devices.scanner.decoder_process import DecoderLost, DecoderProcess
from devices.virtual.camera import VirtualCamera
from devices.virtual.camera_scene import code_on_phone
from tests.contract.scanners import HANG_S

PAYLOAD = b"\x00 code " + bytes(range(200, 256))
PICTURE = code_on_phone(PAYLOAD)
FOUND = [ScannedCode(PAYLOAD, "zxing-cpp")]


@pytest.mark.fault("decoder crashes")
def test_a_killed_process_is_replaced_within_a_second(process: DecoderProcess) -> None:
    """A crash costs one picture and under a second; the next picture is decoded by another process."""
    process.wait_ready()
    crashed = process.pid
    os.kill(crashed, signal.SIGKILL)
    began = time.monotonic()
    with pytest.raises(DecoderLost):
        process.decode(PICTURE, 0.0)
    assert process.decode(PICTURE, 0.0) == FOUND
    assert process.pid != crashed
    assert time.monotonic() - began < HANG_S  # measured: 0.3 s


@pytest.mark.fault("decoder crashes")
async def test_a_crashed_decoder_is_replaced_while_the_citizen_waits(
    counter: VirtualCamera, scanner: CameraScanner, decoder: DecoderProcess
) -> None:
    """The decoder crashes in mid-scan; the same call still returns the code."""
    waiting = asyncio.create_task(scanner.next_code())
    await asyncio.sleep(0.2)
    lost = decoder.pid
    os.kill(lost, signal.SIGKILL)
    counter.show_code(b"goes on")
    async with asyncio.timeout(HANG_S):
        assert (await waiting).payload == b"goes on"
    assert decoder.pid != lost
    assert scanner.status == ScannerReady()
