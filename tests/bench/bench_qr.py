"""How many of ZXing's test images are read, and how fast: ours beside each decoder alone; then a terminal's times.

The images (``BIANMIN_QR_IMAGES``, or ``../shared/data/qr`` beside the repository) are not part of the product: each
``*.png`` lies beside its expected contents, ``*.bin`` (bytes) or ``*.txt`` (UTF-8). The other tables need no images:
phone → virtual camera → HTTP → OpenCV → decoding process → code.
"""

import asyncio
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2  # noqa: TID251 - compares the product with what OpenCV alone would read
import numpy as np
from pyzbar import pyzbar  # noqa: TID251 - compares the product with what pyzbar alone would read

from devices.camera.api import Pixels
from devices.camera.opencv import OpenCvCamera
from devices.scanner.camera_scanner import CameraScanner
from devices.scanner.decoder_process import DecoderProcess
from devices.scanner.decoders import decode, read_zbar, read_zxing
from devices.virtual import camera_scene
from devices.virtual.camera import VirtualCamera
from tests.bench.tables import Row, Table, ms_since, timed

BUDGET_S = 0.1
OURS, _ALONE = "ours", "zxing-cpp alone"
_PEER = "one 720p frame with a code, in this process"
_PEERS = {"one 720p frame with a code": _PEER}
_CAMERA = "The virtual camera gives a picture every 50 ms; a payload counts when two pictures agree on it."
ENCODINGS = ("utf-8", "shift_jis", "gb18030", "iso-8859-1")  # what the images' texts are written in


class Case(NamedTuple):
    """One image: grey and coloured pixels, and the contents expected."""

    name: str
    grey: Pixels
    pixels: Pixels
    expected: bytes | str


class Read(NamedTuple):
    """One reader's result: images read, images answered wrongly, those not read, and the time of each in ms."""

    read: int
    wrong: int
    missed: tuple[str, ...]
    times: tuple[float, ...]


def images_folder() -> Path:
    """Return where the images are expected."""
    beside = Path(__file__).parents[2].parent / "shared" / "data" / "qr"
    return Path(os.environ.get("BIANMIN_QR_IMAGES", beside))


def load(folder: Path) -> list[Case]:
    """Return every image that has its expected contents beside it."""
    cases = []
    for path in sorted(folder.rglob("*.png")):
        binary, text = path.with_suffix(".bin"), path.with_suffix(".txt")
        if not binary.exists() and not text.exists():
            continue
        pixels = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR), np.uint8)
        grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
        expected = binary.read_bytes() if binary.exists() else text.read_text("utf-8")
        cases.append(Case(str(path.relative_to(folder)), grey, pixels, expected))
    return cases


def matches(payload: bytes, expected: bytes | str) -> bool:
    """Tell whether a payload is what was expected; texts in any of their encodings, line ends aside."""
    if isinstance(expected, bytes):
        return payload == expected
    wanted = "\n".join(expected.split())
    for encoding in ENCODINGS:
        try:
            if "\n".join(payload.decode(encoding).split()) == wanted:
                return True
        except UnicodeDecodeError:
            continue
    return False


def _ours(case: Case) -> list[bytes]:
    return [code.payload for code in decode(case.pixels, BUDGET_S)]


def _pyzbar_as_it_comes(case: Case) -> list[bytes]:
    return [found.data for found in pyzbar.decode(case.grey, symbols=[pyzbar.ZBarSymbol.QRCODE])]


def _opencv(case: Case) -> list[bytes]:
    try:
        text, _, _ = cv2.QRCodeDetector().detectAndDecode(case.grey)
    except (cv2.error, UnicodeDecodeError):  # its answer to symbols that it does not support
        return []
    return [text.encode()] if text else []


READERS: dict[str, Callable[[Case], list[bytes]]] = {
    OURS: _ours,
    _ALONE: lambda case: read_zxing(case.grey),
    "ZBar alone, binary setting": lambda case: read_zbar(case.grey),
    "pyzbar.decode as it comes": _pyzbar_as_it_comes,
    "OpenCV alone": _opencv,
}


def judge(reader: str, cases: list[Case]) -> Read:
    """Let a reader read every image."""
    times, missed, wrong = [], [], 0
    for case in cases:
        began = time.perf_counter()
        payloads = READERS[reader](case)
        times.append(ms_since(began))
        if not any(matches(payload, case.expected) for payload in payloads):
            missed.append(case.name)
            wrong += bool(payloads)
    return Read(len(cases) - len(missed), wrong, tuple(missed), tuple(times))


def decoding_times(times: dict[str, list[float]]) -> None:
    """Measure the process: its start, and one frame of 1280 × 720 through the pipe and back."""
    code = camera_scene.code_on_phone(b"DL20260001" * 10)
    times[_PEER] = list(timed(lambda: decode(code, 0.04), 18))
    for _ in range(3):
        began = time.perf_counter()
        process = DecoderProcess()
        process.wait_ready()
        times["decoding process: start → ready"].append(ms_since(began))
        scenes = {"with a code": code, "without": camera_scene.counter()}
        for name, scene in scenes.items():
            for turn in range(6):
                began = time.perf_counter()
                process.decode(scene, 0.04, turn)
                times[f"one 720p frame {name}"].append(ms_since(began))
        process.close()


async def terminal_times(times: dict[str, list[float]], rounds: int = 3) -> None:
    """Measure what a citizen waits for; the virtual camera's 50 ms between pictures are part of it."""
    with VirtualCamera() as hardware:
        camera = OpenCvCamera("camera", hardware.url)
        decoder = DecoderProcess()
        decoder.wait_ready()
        scanner = CameraScanner(camera, decoder=decoder)
        losses = {"phone shown": None, "decoder crashed": signal.SIGKILL, "decoder hung": signal.SIGSTOP}
        for number in range(rounds):
            for name, loss in losses.items():
                payload = f"{number}{name}".encode()
                hardware.clear()
                scan = asyncio.create_task(scanner.next_code())
                await asyncio.sleep(0.3)
                await asyncio.to_thread(hardware.show_code, payload, blurred=loss is not None)
                began = time.perf_counter()
                if loss is not None:
                    os.kill(decoder.pid, loss)
                    await asyncio.to_thread(hardware.show_code, payload)
                if (await scan).payload != payload:
                    raise ValueError("a code was misread")
                times[f"{name} → payload"].append(ms_since(began))
            began = time.perf_counter()
            await scanner.next_code()
            times["phone lies there, camera off: scan → payload"].append(ms_since(began))
        await scanner.aclose()
        await camera.aclose()


def measure() -> list[Table]:
    """Return the readers' table (where the images are), and the times of the decoding process and the terminal."""
    times: dict[str, list[float]] = defaultdict(list)
    decoding_times(times)
    asyncio.run(terminal_times(times))
    rows = tuple(Row(name, tuple(of), _PEERS.get(name)) for name, of in times.items())
    return [*_readers(), Table("Scanning: from → to", "ms", rows, (_CAMERA,))]


def _readers() -> list[Table]:
    cases = load(images_folder())
    if not cases:
        return []
    results = {reader: judge(reader, cases) for reader in READERS}
    rows = tuple(
        Row(f"{reader}: {of.read} read, {of.wrong} wrong", of.times, _alone(results) if reader == OURS else None)
        for reader, of in results.items()
    )
    unread = f"not read by ours: {', '.join(results[OURS].missed) or 'none'}"
    return [Table(f"QR codes: {len(cases)} test images of ZXing", "ms an image", rows, (unread,))]


def _alone(results: dict[str, Read]) -> str:
    of = results[_ALONE]
    return f"{_ALONE}: {of.read} read, {of.wrong} wrong"
