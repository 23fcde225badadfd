"""A camera whose stream breaks off once, or whose cable is pulled and put back."""

import pytest

from devices.camera.api import CameraFault, CameraMissing, CameraReady
from devices.virtual.camera import CameraTrouble, VirtualCamera
from tests.contract.cameras import driver, frame_after, until


@pytest.mark.fault("camera cut off", code="camera.fault")
async def test_a_cut_stream_is_reopened(counter: VirtualCamera) -> None:
    """A stream that ends is opened again; whoever waits for the next frame gets it."""
    async with driver(counter.url) as camera:
        camera.start()
        frame = await frame_after(camera, 0)
        connections = counter.connections
        counter.cut()
        await until(camera, CameraFault)
        await frame_after(camera, frame.number + 1)
        await until(camera, CameraReady)
        assert counter.connections > connections
        camera.stop()


@pytest.mark.fault("camera pulled", code="camera.fault")
async def test_a_pulled_camera_is_missing_until_it_is_back(counter: VirtualCamera) -> None:
    """The stream ends and every new one is refused: fault, then missing; back again: ready, and frames go on."""
    async with driver(counter.url) as camera:
        camera.start()
        before = await frame_after(camera, 0)
        counter.fail(CameraTrouble.REFUSE)
        assert await until(camera, CameraFault) == CameraFault("no picture")
        await until(camera, CameraMissing)
        counter.recover()
        await until(camera, CameraReady)
        assert (await frame_after(camera, before.number)).number > before.number
        camera.stop()
