"""A terminal's one scanner, on the virtual camera, with a real decoding process: ready again for each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from devices.camera.opencv import OpenCvCamera
from devices.scanner.api import ScannerReady
from devices.scanner.camera_scanner import CameraScanner
from devices.scanner.decoder_process import DecoderProcess
from devices.virtual.camera import VirtualCamera
from tests.contract.scanners import HANG_S, until


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderProcess]:
    decoder = DecoderProcess(deadline_s=2.0, start_timeout_s=HANG_S)
    decoder.wait_ready()
    yield decoder
    decoder.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def counter_camera(virtual_camera: VirtualCamera) -> AsyncIterator[OpenCvCamera]:
    camera = OpenCvCamera(
        "counter camera",
        virtual_camera.url,
        open_timeout_s=1.0,
        read_timeout_s=1.0,
        pauses_s=(0.05,),
        recheck_s=0.1,
        frozen_after_s=1.0,
    )
    yield camera
    await camera.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def terminals_scanner(counter_camera: OpenCvCamera, decoder: DecoderProcess) -> AsyncIterator[CameraScanner]:
    scanner = CameraScanner(counter_camera, decoder=decoder, patience_s=3.0)
    yield scanner
    await scanner.aclose()


@pytest.fixture
async def scanner(counter: VirtualCamera, terminals_scanner: CameraScanner) -> CameraScanner:
    """Return the one scanner of a terminal that serves many citizens: ready again for each test."""
    async with asyncio.timeout(HANG_S):
        await until(terminals_scanner, ScannerReady)
    return terminals_scanner


@pytest.fixture
def process() -> Iterator[DecoderProcess]:
    """Return a decoding process of the test's own."""
    process = DecoderProcess(deadline_s=2.0, start_timeout_s=HANG_S)
    yield process
    process.close()
