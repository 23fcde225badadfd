"""The scanner on a camera: codes through HTTP, OpenCV and the decoding process, and what happens when those fail."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import numpy as np
import pytest
import pytest_asyncio

from devices.camera.api import Pixels
from devices.camera.opencv import OpenCvCamera
from devices.scanner.api import (
    DecoderFailed,
    Hint,
    NoPicture,
    ScannerFault,
    ScannerMissing,
    ScannerReady,
    ScannerStatus,
)
from devices.scanner.camera_scanner import CameraScanner
from devices.scanner.decoder_process import DecoderProcess
from devices.virtual import camera_scene
from devices.virtual.camera import CameraTrouble, VirtualCamera

HANG_S = 20.0
PAYLOADS = {
    "utf-8": "办件号 DL20260001 大连市".encode(),
    "gb18030": "大连市行政服务中心".encode("gb18030"),
    "COSE_Sign1": b"\xd2\x84\x43\xa1\x01\x27\xa0\x58\x00\x00" + np.random.default_rng(2).bytes(250),
    "base45": b"6BFOXN%TSMAHN-HISCA%1DC:DE4N" * 15,
    "700 bytes": np.random.default_rng(3).bytes(700),
    "1500 bytes": np.random.default_rng(4).bytes(1500),
}


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


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderProcess]:
    decoder = DecoderProcess()
    decoder.wait_ready()
    yield decoder
    decoder.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def camera(virtual: VirtualCamera) -> AsyncIterator[OpenCvCamera]:
    camera = OpenCvCamera(
        "counter camera", virtual.url, open_timeout_s=0.5, read_timeout_s=0.5, pauses_s=(0.05,), recheck_s=0.1
    )
    yield camera
    await camera.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def terminals_scanner(camera: OpenCvCamera, decoder: DecoderProcess) -> AsyncIterator[CameraScanner]:
    scanner = CameraScanner(camera, decoder=decoder, patience_s=1.5)
    yield scanner
    await scanner.aclose()


@pytest.fixture
async def scanner(hardware: VirtualCamera, terminals_scanner: CameraScanner) -> CameraScanner:
    """Return the one scanner of a terminal that serves many citizens: ready again for each test."""
    async with asyncio.timeout(HANG_S):
        await until(terminals_scanner, ScannerReady)
    return terminals_scanner


async def until(scanner: CameraScanner, kind: type[ScannerStatus]) -> ScannerStatus:
    status = scanner.status
    while not isinstance(status, kind):
        status = await scanner.changed(status)
    return status


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
async def test_a_code_is_returned_byte_for_byte(
    hardware: VirtualCamera, scanner: CameraScanner, payload: bytes
) -> None:
    """What a phone shows is what the flow gets, whatever the bytes are."""
    hardware.show_code(payload)
    async with asyncio.timeout(HANG_S):
        assert (await scanner.next_code()).payload == payload


async def test_a_code_shown_later_is_waited_for(hardware: VirtualCamera, scanner: CameraScanner) -> None:
    """Nothing, then an unreadable code: still waiting, with a preview. A readable one ends it, and the filming."""
    waiting = asyncio.create_task(scanner.next_code())
    await asyncio.sleep(0.3)
    hardware.show_code(b"blurred", blurred=True)
    await asyncio.sleep(0.3)
    assert not waiting.done()
    assert scanner.latest() is not None
    hardware.show_code(b"sharp")
    async with asyncio.timeout(HANG_S):
        assert (await waiting).payload == b"sharp"
    assert scanner.latest() is None
    assert await asyncio.to_thread(hardware.wait_for_viewers, 0, HANG_S)


async def test_a_code_that_stays_is_returned_once_per_call(hardware: VirtualCamera, scanner: CameraScanner) -> None:
    """Two calls, two answers, though nothing moved."""
    hardware.show_code(b"stays")
    async with asyncio.timeout(HANG_S):
        assert [(await scanner.next_code()).payload, (await scanner.next_code()).payload] == [b"stays"] * 2


async def test_the_code_refused_just_now_is_passed_over(hardware: VirtualCamera, scanner: CameraScanner) -> None:
    """It still lies there: the hint says so, the camera films on, and the next code is returned."""
    hardware.show_code(b"refused")
    waiting = asyncio.create_task(scanner.next_code(but_not=b"refused"))
    async with asyncio.timeout(HANG_S):
        assert await scanner.hint_changed(Hint.SEARCHING) is Hint.ALREADY_USED
        connections = hardware.connections
        assert not waiting.done()
        hardware.show_code(b"another")
        assert (await waiting).payload == b"another"
    assert hardware.connections == connections


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
    hardware: VirtualCamera, scanner: CameraScanner, scene: Callable[[], Pixels], hint: Hint
) -> None:
    """Through HTTP, JPEG and the decoding process: why nothing is read, while the same call waits; then the code."""
    hardware.show_image(scene())
    waiting = asyncio.create_task(scanner.next_code())
    async with asyncio.timeout(HANG_S):
        assert await scanner.hint_changed(Hint.SEARCHING) is hint
        hardware.show_code(b"now right")
        assert (await waiting).payload == b"now right"


async def test_no_hint_outlives_its_scan(hardware: VirtualCamera, scanner: CameraScanner) -> None:
    """What was told to one citizen is not told to the next."""
    hardware.fail(CameraTrouble.BLACK)
    async with asyncio.timeout(HANG_S):
        waiting = asyncio.create_task(scanner.next_code())
        assert await scanner.hint_changed(Hint.SEARCHING) is Hint.TOO_DARK
        hardware.recover()
        hardware.show_code(b"light")
        await waiting
    assert scanner.hint is Hint.SEARCHING


async def test_cancelling_stops_the_filming(hardware: VirtualCamera, scanner: CameraScanner) -> None:
    """The citizen goes home: no stream stays open, no picture is kept."""
    waiting = asyncio.create_task(scanner.next_code())
    assert await asyncio.to_thread(hardware.wait_for_viewers, 1, HANG_S)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert scanner.latest() is None
    assert await asyncio.to_thread(hardware.wait_for_viewers, 0, HANG_S)


@pytest.mark.parametrize("trouble", [CameraTrouble.FREEZE, CameraTrouble.REFUSE])
async def test_a_camera_lost_for_good_is_an_error(
    hardware: VirtualCamera, scanner: CameraScanner, trouble: CameraTrouble
) -> None:
    """After the patience of a citizen: an error with its code, a status that says so, nobody filmed."""
    waiting = asyncio.create_task(scanner.next_code())
    assert await asyncio.to_thread(hardware.wait_for_viewers, 1, HANG_S)
    hardware.fail(trouble)
    async with asyncio.timeout(HANG_S):
        with pytest.raises(NoPicture) as raised:
            await waiting
    assert raised.value.code == "camera.fault"
    assert isinstance(scanner.status, ScannerMissing | ScannerFault)
    hardware.recover()


async def test_a_camera_that_comes_back_goes_on(hardware: VirtualCamera, scanner: CameraScanner) -> None:
    """A cable that slips for a moment costs nothing but that moment."""
    waiting = asyncio.create_task(scanner.next_code())
    assert await asyncio.to_thread(hardware.wait_for_viewers, 1, HANG_S)
    hardware.fail(CameraTrouble.REFUSE)
    async with asyncio.timeout(HANG_S):
        await until(scanner, ScannerMissing)
        hardware.show_code(b"again")
        hardware.recover()
        assert (await waiting).payload == b"again"
        await until(scanner, ScannerReady)


async def test_a_covered_lens_reads_nothing_and_breaks_nothing(hardware: VirtualCamera, scanner: CameraScanner) -> None:
    """Black pictures are pictures: it is too dark, and nothing is broken."""
    hardware.show_code(b"under the lid")
    hardware.fail(CameraTrouble.BLACK)
    waiting = asyncio.create_task(scanner.next_code())
    async with asyncio.timeout(HANG_S):
        assert await scanner.hint_changed(Hint.SEARCHING) is Hint.TOO_DARK
        assert not waiting.done()
        assert scanner.status == ScannerReady()
        hardware.recover()
        assert (await waiting).payload == b"under the lid"


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["crash", "hang"])
async def test_a_lost_decoder_is_replaced_while_the_citizen_waits(
    hardware: VirtualCamera, scanner: CameraScanner, decoder: DecoderProcess, end: signal.Signals
) -> None:
    """The decoder crashes or hangs in mid-scan; the same call still returns the code."""
    waiting = asyncio.create_task(scanner.next_code())
    await asyncio.sleep(0.2)
    lost = decoder.pid
    os.kill(lost, end)
    hardware.show_code(b"goes on")
    async with asyncio.timeout(HANG_S):
        assert (await waiting).payload == b"goes on"
    assert decoder.pid != lost
    assert scanner.status == ScannerReady()


async def test_a_decoder_that_never_starts_is_a_fault(hardware: VirtualCamera, camera: OpenCvCamera) -> None:
    """A broken installation shows in the status before any citizen comes, and scanning refuses at once."""
    decoder = DecoderProcess((sys.executable, "-c", "raise SystemExit"))
    scanner = CameraScanner(camera, decoder=decoder, recheck_s=0.05, losses=2)
    async with asyncio.timeout(HANG_S):
        assert await until(scanner, ScannerFault) == ScannerFault("decoder")
        with pytest.raises(DecoderFailed) as raised:
            await scanner.next_code()
    assert raised.value.code == "scanner.fault"
    await scanner.aclose()
    await scanner.aclose()


MISREADS_ONCE = """
import itertools, sys
from devices.scanner.api import ScannedCode, Seen
from devices.scanner.decoder_child import serve
calls = itertools.count()
def see(picture, budget_s, turn):
    call = next(calls)  # the first is the check at start
    return Seen(() if call == 0 else (ScannedCode(b"misread" if call == 1 else b"right", "test"),))
serve(see, sys.stdin.buffer, sys.stdout.buffer)
"""


async def test_one_frames_word_is_not_enough(hardware: VirtualCamera, camera: OpenCvCamera) -> None:
    """A payload that only one frame gave is not returned."""
    scanner = CameraScanner(camera, decoder=DecoderProcess((sys.executable, "-c", MISREADS_ONCE)))
    async with asyncio.timeout(HANG_S):
        assert (await scanner.next_code()).payload == b"right"
    await scanner.aclose()


async def test_a_closed_scanner_refuses(hardware: VirtualCamera, camera: OpenCvCamera) -> None:
    """Closing in mid-scan ends the scan with an error; so does scanning afterwards. Nobody is filmed."""
    scanner = CameraScanner(camera)
    waiting = asyncio.create_task(scanner.next_code())
    assert await asyncio.to_thread(hardware.wait_for_viewers, 1, HANG_S)
    await scanner.aclose()
    async with asyncio.timeout(HANG_S):
        for scan in (waiting, scanner.next_code()):
            with pytest.raises(DecoderFailed):
                await scan
    assert await asyncio.to_thread(hardware.wait_for_viewers, 0, HANG_S)


async def test_nothing_scanned_reaches_a_log(
    hardware: VirtualCamera, scanner: CameraScanner, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level, neither payload nor its hex is logged."""
    caplog.set_level(logging.DEBUG)
    payload = b"210203199001011234"
    hardware.show_code(payload)
    async with asyncio.timeout(HANG_S):
        code = await scanner.next_code()
    assert code.payload == payload
    told = caplog.text + repr(code)
    assert payload.decode() not in told
    assert payload.hex() not in told
