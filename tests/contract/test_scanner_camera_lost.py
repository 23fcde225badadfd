"""A camera that goes silent, freezes, or is unplugged while somebody scans."""

import asyncio

import pytest

from devices.scanner.api import NoPicture, ScannerFault, ScannerMissing, ScannerReady
from devices.scanner.camera_scanner import CameraScanner
from devices.virtual.camera import CameraTrouble, VirtualCamera
from tests.contract.scanners import HANG_S, until


@pytest.mark.fault("camera lost while scanning", code="camera.fault")
@pytest.mark.parametrize("trouble", [CameraTrouble.FREEZE, CameraTrouble.REPEAT, CameraTrouble.REFUSE])
async def test_a_camera_lost_for_good_is_an_error(
    counter: VirtualCamera, scanner: CameraScanner, trouble: CameraTrouble
) -> None:
    """After the patience of a citizen: an error with its code, a status that says so, nobody filmed."""
    waiting = asyncio.create_task(scanner.next_code())
    assert await asyncio.to_thread(counter.wait_for_viewers, 1, HANG_S)
    counter.fail(trouble)
    async with asyncio.timeout(HANG_S):
        with pytest.raises(NoPicture) as raised:
            await waiting
    assert raised.value.code == "camera.fault"
    assert isinstance(scanner.status, ScannerMissing | ScannerFault)
    counter.recover()


@pytest.mark.fault("camera lost while scanning")
async def test_a_camera_that_comes_back_goes_on(counter: VirtualCamera, scanner: CameraScanner) -> None:
    """A cable that slips for a moment costs nothing but that moment."""
    waiting = asyncio.create_task(scanner.next_code())
    assert await asyncio.to_thread(counter.wait_for_viewers, 1, HANG_S)
    counter.fail(CameraTrouble.REFUSE)
    async with asyncio.timeout(HANG_S):
        await until(scanner, ScannerMissing)
        counter.show_code(b"again")
        counter.recover()
        assert (await waiting).payload == b"again"
        await until(scanner, ScannerReady)
