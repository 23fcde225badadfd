"""What the camera's contract tests share: a driver on the virtual camera's stream, quick to give up and come back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from devices.camera.api import Camera, CameraStatus, Frame
from devices.camera.opencv import OpenCvCamera
from devices.virtual.camera import VirtualCamera

HANG_S = 20.0


@contextlib.asynccontextmanager
async def driver(
    source: int | str, *, read_timeout_s: float = 1.5, frozen_after_s: float = 60.0, black_after_s: float = 60.0
) -> AsyncIterator[OpenCvCamera]:
    camera = OpenCvCamera(
        "counter camera",
        source,
        open_timeout_s=read_timeout_s,
        read_timeout_s=read_timeout_s,
        pauses_s=(0.05,),
        recheck_s=0.1,
        frozen_after_s=frozen_after_s,
        black_after_s=black_after_s,
    )
    try:
        yield camera
    finally:
        await camera.aclose()


async def until(camera: Camera, *wanted: CameraStatus | type[CameraStatus]) -> CameraStatus:
    """Wait for a status that equals one of these, or is of one of these kinds."""
    async with asyncio.timeout(HANG_S):
        status = camera.status
        while status not in wanted and type(status) not in wanted:
            status = await camera.changed(status)
        return status


async def frame_after(camera: Camera, number: int) -> Frame:
    async with asyncio.timeout(HANG_S):
        return await camera.next_frame(number)


async def reopened(hardware: VirtualCamera, times: int = 1) -> None:
    """Wait until the camera has been opened so many more times."""
    wanted = hardware.connections + times
    assert await asyncio.to_thread(hardware.wait_for_connections, wanted, HANG_S)


async def nobody_filmed(hardware: VirtualCamera) -> bool:
    return await asyncio.to_thread(hardware.wait_for_viewers, 0, HANG_S)
