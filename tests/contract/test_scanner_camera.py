"""The scanner on a camera: codes through HTTP, OpenCV and the decoding process, and nothing kept of them."""

import asyncio
import logging

import numpy as np
import pytest

from devices.camera.opencv import OpenCvCamera
from devices.scanner.api import DecoderFailed, Hint
from devices.scanner.camera_scanner import CameraScanner
from devices.virtual.camera import VirtualCamera
from tests.contract.scanners import HANG_S

PAYLOADS = {
    "utf-8": "办件号 DL20260001 大连市".encode(),
    "gb18030": "大连市行政服务中心".encode("gb18030"),
    "COSE_Sign1": b"\xd2\x84\x43\xa1\x01\x27\xa0\x58\x00\x00" + np.random.default_rng(2).bytes(250),
    "base45": b"6BFOXN%TSMAHN-HISCA%1DC:DE4N" * 15,
    "700 bytes": np.random.default_rng(3).bytes(700),
    "1500 bytes": np.random.default_rng(4).bytes(1500),
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
async def test_a_code_is_returned_byte_for_byte(counter: VirtualCamera, scanner: CameraScanner, payload: bytes) -> None:
    """What a phone shows is what the flow gets, whatever the bytes are."""
    counter.show_code(payload)
    async with asyncio.timeout(HANG_S):
        assert (await scanner.next_code()).payload == payload


async def test_a_code_shown_later_is_waited_for(counter: VirtualCamera, scanner: CameraScanner) -> None:
    """Nothing, then an unreadable code: still waiting, with a preview. A readable one ends it, and the filming."""
    waiting = asyncio.create_task(scanner.next_code())
    async with asyncio.timeout(HANG_S):
        while scanner.latest() is None:  # noqa: ASYNC110 - a preview has no event
            await asyncio.sleep(0.02)
    counter.show_code(b"blurred", blurred=True)
    await asyncio.sleep(0.3)
    assert not waiting.done()
    assert scanner.latest() is not None
    counter.show_code(b"sharp")
    async with asyncio.timeout(HANG_S):
        assert (await waiting).payload == b"sharp"
    assert scanner.latest() is None
    assert await asyncio.to_thread(counter.wait_for_viewers, 0, HANG_S)


async def test_a_code_that_stays_is_returned_once_per_call(counter: VirtualCamera, scanner: CameraScanner) -> None:
    """Two calls, two answers, though nothing moved."""
    counter.show_code(b"stays")
    async with asyncio.timeout(HANG_S):
        assert [(await scanner.next_code()).payload, (await scanner.next_code()).payload] == [b"stays"] * 2


async def test_the_code_refused_just_now_is_passed_over(counter: VirtualCamera, scanner: CameraScanner) -> None:
    """It still lies there: the hint says so, the camera films on, and the next code is returned."""
    counter.show_code(b"refused")
    waiting = asyncio.create_task(scanner.next_code(but_not=b"refused"))
    async with asyncio.timeout(HANG_S):
        assert await scanner.hint_changed(Hint.SEARCHING) is Hint.ALREADY_USED
        connections = counter.connections
        assert not waiting.done()
        counter.show_code(b"another")
        assert (await waiting).payload == b"another"
    assert counter.connections == connections


async def test_cancelling_stops_the_filming(counter: VirtualCamera, scanner: CameraScanner) -> None:
    """The citizen goes home: no stream stays open, no picture is kept."""
    waiting = asyncio.create_task(scanner.next_code())
    assert await asyncio.to_thread(counter.wait_for_viewers, 1, HANG_S)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert scanner.latest() is None
    assert await asyncio.to_thread(counter.wait_for_viewers, 0, HANG_S)


async def test_a_closed_scanner_refuses(counter: VirtualCamera, counter_camera: OpenCvCamera) -> None:
    """Closing in mid-scan ends the scan with an error; so does scanning afterwards. Nobody is filmed."""
    scanner = CameraScanner(counter_camera)
    waiting = asyncio.create_task(scanner.next_code())
    assert await asyncio.to_thread(counter.wait_for_viewers, 1, HANG_S)
    await scanner.aclose()
    async with asyncio.timeout(HANG_S):
        for scan in (waiting, scanner.next_code()):
            with pytest.raises(DecoderFailed):
                await scan
    assert await asyncio.to_thread(counter.wait_for_viewers, 0, HANG_S)


async def test_nothing_scanned_reaches_a_log(
    counter: VirtualCamera, scanner: CameraScanner, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level, neither payload nor its hex is logged."""
    caplog.set_level(logging.DEBUG)
    payload = b"210203199001011234"
    counter.show_code(payload)
    async with asyncio.timeout(HANG_S):
        code = await scanner.next_code()
    assert code.payload == payload
    told = caplog.text + repr(code)
    assert payload.decode() not in told
    assert payload.hex() not in told
