"""Pictures in which no code can be read: too far, glare, another kind of code."""

import asyncio
from collections.abc import Callable

import pytest

from devices.camera.api import Pixels
from devices.scanner.api import Hint
from devices.scanner.camera_scanner import CameraScanner
from devices.virtual import camera_scene
from devices.virtual.camera import VirtualCamera
from tests.contract.scanners import HANG_S


@pytest.mark.fault("code cannot be read")
@pytest.mark.parametrize(
    ("scene", "hint"),
    [
        (lambda: camera_scene.code_on_phone(b"far away", away=12), Hint.TOO_FAR),
        (lambda: camera_scene.code_under_lamp(b"under a lamp"), Hint.GLARE),
        (camera_scene.barcode, Hint.OTHER_KIND),
    ],
    ids=["too far", "glare", "barcode"],
)
async def test_what_is_wrong_is_told_until_it_is_right(
    counter: VirtualCamera, scanner: CameraScanner, scene: Callable[[], Pixels], hint: Hint
) -> None:
    """Through HTTP, JPEG and the decoding process: why nothing is read, while the same call waits; then the code."""
    counter.show_image(scene())
    waiting = asyncio.create_task(scanner.next_code())
    async with asyncio.timeout(HANG_S):
        assert await scanner.hint_changed(Hint.SEARCHING) is hint
        counter.show_code(b"now right")
        assert (await waiting).payload == b"now right"
