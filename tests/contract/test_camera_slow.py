"""A camera that gives few pictures a second: a poor line, or a long exposure."""

import pytest

from devices.camera.api import CameraReady
from devices.virtual.camera import CameraTrouble, VirtualCamera
from tests.contract.cameras import driver, frame_after


@pytest.mark.fault("slow camera")
async def test_a_slow_camera_is_ready_and_its_frames_are_new(counter: VirtualCamera) -> None:
    """Two pictures a second are slow but no fault: the stream stays open, and each frame is awaited."""
    async with driver(counter.url, read_timeout_s=10.0, frozen_after_s=30.0) as camera:
        camera.start()
        frame = await frame_after(camera, 0)
        connections = counter.connections
        counter.fail(CameraTrouble.SLOW)
        for _ in range(3):
            later = await frame_after(camera, frame.number)
            assert later.number > frame.number
            frame = later
        assert camera.status == CameraReady(1280, 720)
        assert counter.connections == connections
        camera.stop()
