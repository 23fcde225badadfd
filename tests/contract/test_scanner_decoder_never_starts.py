"""A decoding process that never gets ready."""

import asyncio
import sys

import pytest

from devices.camera.opencv import OpenCvCamera
from devices.scanner.api import DecoderFailed, ScannerFault
from devices.scanner.camera_scanner import CameraScanner
from devices.scanner.decoder_process import DecoderProcess
from devices.virtual.camera import VirtualCamera
from tests.contract.scanners import HANG_S, until


@pytest.mark.fault("decoder never starts", code="scanner.fault")
async def test_a_decoder_that_never_starts_is_a_fault(counter: VirtualCamera, counter_camera: OpenCvCamera) -> None:
    """A broken installation shows in the status before any citizen comes, and scanning refuses at once."""
    decoder = DecoderProcess((sys.executable, "-c", "raise SystemExit"))
    scanner = CameraScanner(counter_camera, decoder=decoder, recheck_s=0.05, losses=2)
    async with asyncio.timeout(HANG_S):
        assert await until(scanner, ScannerFault) == ScannerFault("decoder")
        with pytest.raises(DecoderFailed) as raised:
            await scanner.next_code()
    assert raised.value.code == "scanner.fault"
    await scanner.aclose()
    await scanner.aclose()
