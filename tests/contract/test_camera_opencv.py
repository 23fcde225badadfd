"""The OpenCV camera, fed by the virtual camera through a real HTTP stream."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest

from devices.camera.api import Camera, CameraError, CameraFault, CameraMissing, CameraReady, CameraStatus
from devices.camera.opencv import OpenCvCamera
from devices.virtual.camera import CameraTrouble, VirtualCamera

HANG_S = 20.0


@pytest.fixture(scope="module")
def virtual() -> Iterator[VirtualCamera]:
    with VirtualCamera() as virtual:
        yield virtual


@pytest.fixture
def hardware(virtual: VirtualCamera) -> Iterator[VirtualCamera]:
    """Lay bare the counter for each test, and end each test's troubles."""
    virtual.clear()
    yield virtual
    virtual.recover()


@contextlib.asynccontextmanager
async def driver(source: int | str) -> AsyncIterator[OpenCvCamera]:
    camera = OpenCvCamera(
        "counter camera", source, open_timeout_s=0.5, read_timeout_s=0.5, pauses_s=(0.05,), recheck_s=0.1
    )
    try:
        yield camera
    finally:
        await camera.aclose()


@pytest.fixture
async def camera(hardware: VirtualCamera) -> AsyncIterator[OpenCvCamera]:
    async with driver(hardware.url) as camera:
        await until(camera, CameraReady)
        yield camera


async def until(camera: Camera, kind: type[CameraStatus]) -> CameraStatus:
    async with asyncio.timeout(HANG_S):
        status = camera.status
        while not isinstance(status, kind):
            status = await camera.changed(status)
        return status


async def nobody_filmed(hardware: VirtualCamera) -> bool:
    return await asyncio.to_thread(hardware.wait_for_viewers, 0, HANG_S)


async def test_a_working_camera_is_known_before_anybody_is_filmed(
    hardware: VirtualCamera, camera: OpenCvCamera
) -> None:
    """After start the driver has tried the camera once, says its size, and has let go of it."""
    assert camera.status == CameraReady(1280, 720)
    assert await nobody_filmed(hardware)
    assert camera.latest() is None


async def test_frames_grow_in_number_and_show_what_is_there(hardware: VirtualCamera, camera: OpenCvCamera) -> None:
    """The newest frame is colour, 8 bits, and numbers rise; what is shown now is soon seen."""
    hardware.show_image(np.full((72, 128, 3), (250, 10, 10), np.uint8))
    camera.start()
    async with asyncio.timeout(HANG_S):
        first = await camera.next_frame(0)
        second = await camera.next_frame(first.number)
    assert second.number > first.number
    assert second.pixels.shape == (720, 1280, 3)
    assert second.pixels.dtype == np.uint8
    assert [round(float(level), -1) for level in second.pixels.mean(axis=(0, 1))] == [250, 10, 10]
    camera.stop()


async def test_filming_ends_with_the_last_user(hardware: VirtualCamera, camera: OpenCvCamera) -> None:
    """Two users, one stops: still filming. Both have: the stream is closed and no frame is kept."""
    camera.start()
    camera.start()
    async with asyncio.timeout(HANG_S):
        frame = await camera.next_frame(0)
        camera.stop()
        await camera.next_frame(frame.number + 2)
    assert hardware.viewers == 1
    camera.stop()
    assert camera.latest() is None
    assert await nobody_filmed(hardware)
    assert camera.latest() is None


async def test_who_starts_never_sees_what_was_before(hardware: VirtualCamera, camera: OpenCvCamera) -> None:
    """One user follows another at once: the camera is opened anew, so a sheet just taken away isn't seen again."""
    hardware.show_image(np.full((9, 16, 3), 255, np.uint8))
    camera.start()
    async with asyncio.timeout(HANG_S):
        assert (await camera.next_frame(0)).pixels.mean() > 200
        before = hardware.connections
        camera.stop()
        hardware.clear()
        camera.start()
        assert (await camera.next_frame(0)).pixels.mean() < 200
    assert hardware.connections == before + 1
    camera.stop()


async def test_a_camera_nobody_started_gives_an_error_not_a_wait(camera: OpenCvCamera) -> None:
    """Waiting for a frame without start, or after close, raises; one stop too many is a bug and says so."""
    with pytest.raises(CameraError):
        await camera.next_frame(0)
    with pytest.raises(RuntimeError):
        camera.stop()


async def test_closing_wakes_who_waits(hardware: VirtualCamera, camera: OpenCvCamera) -> None:
    """A user waiting for a frame that never comes gets an error when the camera is closed."""
    hardware.fail(CameraTrouble.FREEZE)
    camera.start()
    waiting = asyncio.create_task(camera.next_frame(10**9))
    await asyncio.sleep(0)
    await camera.aclose()
    async with asyncio.timeout(HANG_S):
        with pytest.raises(CameraError):
            await waiting


@pytest.mark.parametrize("trouble", [CameraTrouble.FREEZE, CameraTrouble.REFUSE])
async def test_a_lost_camera_is_told_and_comes_back(
    hardware: VirtualCamera, camera: OpenCvCamera, trouble: CameraTrouble
) -> None:
    """Pictures stop: fault, then missing while it cannot be opened; they return: ready, and frames go on."""
    camera.start()
    async with asyncio.timeout(HANG_S):
        before = await camera.next_frame(0)
    hardware.fail(trouble)
    assert await until(camera, CameraFault) == CameraFault("no picture")
    await until(camera, CameraMissing)
    hardware.recover()
    await until(camera, CameraReady)
    async with asyncio.timeout(HANG_S):
        assert (await camera.next_frame(before.number)).number > before.number
    camera.stop()


async def test_a_cut_stream_is_reopened(hardware: VirtualCamera, camera: OpenCvCamera) -> None:
    """A stream that ends is opened again; whoever waits for the next frame gets it."""
    camera.start()
    async with asyncio.timeout(HANG_S):
        frame = await camera.next_frame(0)
        hardware.cut()
        await until(camera, CameraFault)
        await camera.next_frame(frame.number + 1)
    assert isinstance(camera.status, CameraReady)
    camera.stop()


async def test_a_camera_that_was_absent_at_start_is_found_while_idle(hardware: VirtualCamera) -> None:
    """Nothing answers at first: missing. Once something does, the idle driver notices by itself."""
    hardware.fail(CameraTrouble.REFUSE)
    async with driver(hardware.url) as camera:
        await asyncio.sleep(0.2)
        assert camera.status == CameraMissing()
        hardware.recover()
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
