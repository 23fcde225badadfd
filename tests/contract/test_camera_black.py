"""A camera that shows nothing but black: its lens is covered, or the light is off."""

import pytest

from devices.camera.api import CameraReady
from devices.virtual.camera import CameraTrouble, VirtualCamera
from tests.contract.cameras import driver, frame_after, until

BLACK_S = 0.3


@pytest.mark.fault("black camera", code="camera.dark")
async def test_black_is_said_and_is_no_fault(counter: VirtualCamera) -> None:
    """Black for some time: ready, and black. Pictures go on, so that whoever uncovers the lens sees it at once."""
    async with driver(counter.url, black_after_s=BLACK_S, frozen_after_s=BLACK_S) as camera:
        camera.start()
        await until(camera, CameraReady(1280, 720))
        counter.fail(CameraTrouble.BLACK)
        assert await until(camera, CameraReady(1280, 720, black=True))
        connections, frame = counter.connections, camera.latest()
        assert frame is not None
        await frame_after(camera, frame.number + 10)
        assert camera.status == CameraReady(1280, 720, black=True)
        assert counter.connections == connections
        counter.recover()
        await until(camera, CameraReady(1280, 720))
        camera.stop()


async def test_a_phone_laid_on_the_lens_for_a_moment_is_not_told(counter: VirtualCamera) -> None:
    """Black for less than the time: nothing is said."""
    async with driver(counter.url) as camera:
        camera.start()
        await until(camera, CameraReady(1280, 720))
        counter.fail(CameraTrouble.BLACK)
        frame = await frame_after(camera, 0)
        await frame_after(camera, frame.number + 8)
        assert camera.status == CameraReady(1280, 720)
        camera.stop()
