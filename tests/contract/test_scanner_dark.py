"""A covered lens: pictures come, and are black."""

import asyncio

import pytest

from devices.scanner.api import Hint, ScannerReady
from devices.scanner.camera_scanner import CameraScanner
from devices.virtual.camera import CameraTrouble, VirtualCamera
from tests.contract.scanners import HANG_S


@pytest.mark.fault("lens covered")
async def test_a_covered_lens_reads_nothing_and_breaks_nothing(counter: VirtualCamera, scanner: CameraScanner) -> None:
    """Black pictures are pictures: it is too dark, and nothing is broken."""
    counter.show_code(b"under the lid")
    counter.fail(CameraTrouble.BLACK)
    waiting = asyncio.create_task(scanner.next_code())
    async with asyncio.timeout(HANG_S):
        assert await scanner.hint_changed(Hint.SEARCHING) is Hint.TOO_DARK
        assert not waiting.done()
        assert scanner.status == ScannerReady()
        counter.recover()
        assert (await waiting).payload == b"under the lid"


async def test_no_hint_outlives_its_scan(counter: VirtualCamera, scanner: CameraScanner) -> None:
    """What was told to one citizen is not told to the next."""
    counter.fail(CameraTrouble.BLACK)
    async with asyncio.timeout(HANG_S):
        waiting = asyncio.create_task(scanner.next_code())
        assert await scanner.hint_changed(Hint.SEARCHING) is Hint.TOO_DARK
        counter.recover()
        counter.show_code(b"light")
        await waiting
    assert scanner.hint is Hint.SEARCHING
