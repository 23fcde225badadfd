"""A camera that is not there, or not yet."""

import asyncio

import pytest

from devices.camera.api import CameraMissing, CameraReady
from devices.camera.opencv import OpenCvCamera
from devices.virtual.camera import CameraTrouble, VirtualCamera
from tests.contract.cameras import driver, until


@pytest.mark.fault("camera absent", code="camera.fault")
async def test_a_camera_that_was_absent_at_start_is_found_while_idle(counter: VirtualCamera) -> None:
    """Nothing answers at first: missing. Once something does, the idle driver notices by itself."""
    counter.fail(CameraTrouble.REFUSE)
    async with driver(counter.url) as camera:
        await asyncio.sleep(0.2)
        assert camera.status == CameraMissing()
        counter.recover()
        await until(camera, CameraReady)


@pytest.mark.parametrize("source", ["/dev/video-none", "http://127.0.0.1:9/nothing", 61])
async def test_a_source_that_is_not_there_is_missing(source: int | str) -> None:
    """A device or an address without a camera is a status; start, stop and close work all the same."""
    async with driver(source) as camera:
        camera.start()
        await asyncio.sleep(0.2)
        assert camera.status == CameraMissing()
        assert camera.latest() is None
        camera.stop()


def test_other_sources_are_refused() -> None:
    """A file or a pipe is no camera."""
    with pytest.raises(ValueError, match="source"):
        OpenCvCamera("x", "film.avi")
