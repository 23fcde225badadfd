"""A decoding process that hangs."""

import asyncio
import os
import signal

import pytest

from devices.scanner.api import ScannerReady
from devices.scanner.camera_scanner import CameraScanner
from devices.scanner.decoder_process import DecoderLost, DecoderProcess
from devices.virtual.camera import VirtualCamera
from devices.virtual.camera_scene import code_on_phone
from tests.contract.scanners import HANG_S

PICTURE = code_on_phone(b"shown to a process that hangs")


@pytest.mark.fault("decoder hangs")
def test_a_stopped_process_is_killed_at_its_deadline() -> None:
    """A process that hangs for good is found out, killed and replaced."""
    process = DecoderProcess(deadline_s=0.3)
    try:
        process.wait_ready()
        hung = process.pid
        os.kill(hung, signal.SIGSTOP)
        with pytest.raises(DecoderLost):
            process.decode(PICTURE, 0.0)
        with pytest.raises(ProcessLookupError):
            os.kill(hung, 0)
        process.wait_ready()
        assert process.pid != hung
    finally:
        process.close()


@pytest.mark.fault("decoder hangs")
async def test_a_hung_decoder_is_replaced_while_the_citizen_waits(
    counter: VirtualCamera, scanner: CameraScanner, decoder: DecoderProcess
) -> None:
    """The decoder hangs in mid-scan; the same call still returns the code."""
    waiting = asyncio.create_task(scanner.next_code())
    await asyncio.sleep(0.2)
    lost = decoder.pid
    os.kill(lost, signal.SIGSTOP)
    counter.show_code(b"goes on")
    async with asyncio.timeout(HANG_S):
        assert (await waiting).payload == b"goes on"
    assert decoder.pid != lost
    assert scanner.status == ScannerReady()
