"""A camera whose pictures stop coming while its connection stays open."""

import pytest

from devices.camera.api import CameraFault, CameraMissing, CameraReady
from devices.virtual.camera import CameraTrouble, VirtualCamera
from tests.contract.cameras import driver, frame_after, until


@pytest.mark.fault("silent camera", code="camera.fault")
async def test_silence_is_a_fault_and_ends(counter: VirtualCamera) -> None:
    """No picture in the time limit: fault, then missing; pictures again: ready, and frames go on."""
    async with driver(counter.url) as camera:
        camera.start()
        before = await frame_after(camera, 0)
        counter.fail(CameraTrouble.FREEZE)
        assert await until(camera, CameraFault) == CameraFault("no picture")
        await until(camera, CameraMissing)
        counter.recover()
        await until(camera, CameraReady)
        assert (await frame_after(camera, before.number)).number > before.number
        camera.stop()
