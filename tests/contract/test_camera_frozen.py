"""A camera that hands out one and the same picture for ever."""

import asyncio
import logging

import pytest

from devices.camera.api import CameraFault, CameraReady
from devices.virtual.camera import CameraTrouble, VirtualCamera
from tests.contract.cameras import HANG_S, driver, frame_after, reopened, until

FROZEN_S = 0.5


@pytest.mark.fault("frozen camera", code="camera.fault")
async def test_a_frozen_camera_is_told_reopened_and_comes_back(counter: VirtualCamera) -> None:
    """The same picture for long: a fault; it is opened anew, and ready as soon as another picture comes."""
    async with driver(counter.url, frozen_after_s=FROZEN_S) as camera:
        camera.start()
        await frame_after(camera, 0)
        counter.fail(CameraTrouble.REPEAT)
        assert await until(camera, CameraFault) == CameraFault("frozen")
        await reopened(counter)
        shown = camera.latest()
        assert shown is not None
        counter.recover()
        await until(camera, CameraReady)
        assert (await frame_after(camera, shown.number)).number > shown.number
        camera.stop()


@pytest.mark.fault("frozen camera", code="camera.fault")
async def test_while_frozen_nothing_is_shown_and_nothing_repeated(
    counter: VirtualCamera, caplog: pytest.LogCaptureFixture
) -> None:
    """Each reopening gives the old picture again: it counts as no frame, and the log has one line, not one a try."""
    caplog.set_level(logging.INFO, "devices.camera.opencv")
    async with driver(counter.url, frozen_after_s=FROZEN_S) as camera:
        camera.start()
        await frame_after(camera, 0)
        counter.fail(CameraTrouble.REPEAT)
        await until(camera, CameraFault)
        last = camera.latest()
        await reopened(counter, times=3)
        assert camera.status == CameraFault("frozen")
        assert camera.latest() is last
        camera.stop()
    assert sum("frozen" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.fault("frozen camera", code="camera.fault")
async def test_a_frozen_camera_that_nobody_watches_recovers_by_itself(counter: VirtualCamera) -> None:
    """The user has gone: the idle driver tries on, and a living picture makes the camera ready."""
    async with driver(counter.url, frozen_after_s=FROZEN_S) as camera:
        camera.start()
        await frame_after(camera, 0)
        counter.fail(CameraTrouble.REPEAT)
        await until(camera, CameraFault)
        camera.stop()
        counter.recover()
        await until(camera, CameraReady)
        assert camera.latest() is None


async def test_a_still_scene_is_not_frozen(counter: VirtualCamera) -> None:
    """Nothing moves but the sensor's noise: the camera lives."""
    async with driver(counter.url, frozen_after_s=FROZEN_S) as camera:
        camera.start()
        frame = await frame_after(camera, 0)
        async with asyncio.timeout(HANG_S):
            await camera.next_frame(frame.number + 30)
        assert camera.status == CameraReady(1280, 720)
        camera.stop()
