"""The OpenCV camera at its work, fed by the virtual camera through a real HTTP stream. Its faults have other files."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from devices.camera.api import CameraError, CameraMissing, CameraReady, Exposure
from devices.camera.opencv import OpenCvCamera
from devices.virtual.camera import CameraTrouble, VirtualCamera
from tests.contract.cameras import HANG_S, driver, frame_after, nobody_filmed, until


@pytest.fixture
async def camera(counter: VirtualCamera) -> AsyncIterator[OpenCvCamera]:
    async with driver(counter.url) as camera:
        await until(camera, CameraReady)
        yield camera


async def test_a_working_camera_is_known_before_anybody_is_filmed(counter: VirtualCamera, camera: OpenCvCamera) -> None:
    """After start the driver has tried the camera once, says its size, and has let go of it."""
    assert camera.status == CameraReady(1280, 720)
    assert await nobody_filmed(counter)
    assert camera.latest() is None


async def test_frames_grow_in_number_and_show_what_is_there(counter: VirtualCamera, camera: OpenCvCamera) -> None:
    """The newest frame is colour, 8 bits, and numbers rise; what is shown now is soon seen."""
    counter.show_image(np.full((72, 128, 3), (250, 10, 10), np.uint8))
    camera.start()
    async with asyncio.timeout(HANG_S):
        first = await camera.next_frame(0)
        second = await camera.next_frame(first.number)
    assert second.number > first.number
    assert second.pixels.shape == (720, 1280, 3)
    assert second.pixels.dtype == np.uint8
    assert [round(float(level), -1) for level in second.pixels.mean(axis=(0, 1))] == [250, 10, 10]
    camera.stop()


async def test_filming_ends_with_the_last_user(counter: VirtualCamera, camera: OpenCvCamera) -> None:
    """Two users, one stops: still filming. Both have: the stream is closed and no frame is kept."""
    camera.start()
    camera.start()
    async with asyncio.timeout(HANG_S):
        frame = await camera.next_frame(0)
        camera.stop()
        await camera.next_frame(frame.number + 2)
    assert counter.viewers == 1
    camera.stop()
    assert camera.latest() is None
    assert await nobody_filmed(counter)
    assert camera.latest() is None


async def test_who_starts_never_sees_what_was_before(counter: VirtualCamera, camera: OpenCvCamera) -> None:
    """One user follows another at once: the camera is opened anew, so a sheet just taken away isn't seen again."""
    counter.show_image(np.full((9, 16, 3), 255, np.uint8))
    camera.start()
    async with asyncio.timeout(HANG_S):
        assert (await camera.next_frame(0)).pixels.mean() > 200
        before = counter.connections
        camera.stop()
        counter.clear()
        camera.start()
        assert (await camera.next_frame(0)).pixels.mean() < 200
    assert counter.connections == before + 1
    camera.stop()


async def test_a_camera_nobody_started_gives_an_error_not_a_wait(camera: OpenCvCamera) -> None:
    """Waiting for a frame without start, or after close, raises; one stop too many is a bug and says so."""
    with pytest.raises(CameraError):
        await camera.next_frame(0)
    with pytest.raises(RuntimeError):
        camera.stop()


async def test_closing_wakes_who_waits(counter: VirtualCamera, camera: OpenCvCamera) -> None:
    """A user waiting for a frame that never comes gets an error when the camera is closed."""
    counter.fail(CameraTrouble.FREEZE)
    camera.start()
    waiting = asyncio.create_task(camera.next_frame(10**9))
    await asyncio.sleep(0)
    await camera.aclose()
    async with asyncio.timeout(HANG_S):
        with pytest.raises(CameraError):
            await waiting


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


async def test_a_preferred_exposure_never_stops_the_film(counter: VirtualCamera, camera: OpenCvCamera) -> None:
    """Whoever sends a stream sets its exposure: the wish is heard, before and while filming, and pictures go on."""
    camera.prefer(Exposure.SCREEN)
    camera.start()
    first = await frame_after(camera, 0)
    camera.prefer(Exposure.PAPER)
    assert (await frame_after(camera, first.number + 1)).number > first.number
    assert camera.status == CameraReady(1280, 720)
    camera.stop()
