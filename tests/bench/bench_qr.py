"""How many QR codes are read, and how fast: ours beside each decoder alone, on test images and on spoiled symbols.

The images (``BIANMIN_QR_IMAGES``, or ``../shared/data/qr`` beside the repository) are not part of the product: each
``*.png`` lies beside its expected contents, ``*.bin`` (bytes) or ``*.txt`` (UTF-8). The other tables need no images:
symbols drawn and spoiled (``qr_drawn``), and times: phone → virtual camera → HTTP → OpenCV → decoding process → code.
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
from devices.scanner.decoders import Content, decode, read_zbar, read_zxing
from devices.virtual import camera_scene
from devices.virtual.camera import VirtualCamera
from tests.bench.qr_drawn import drawn
from tests.bench.tables import Row, Table, ms_since, timed

BUDGET_S = 0.1
OURS, _ALONE, _PYZBAR, _OPENCV = "ours", "zxing-cpp alone", "pyzbar.decode as it comes", "OpenCV alone"
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
    """One reader's result: images read, those answered otherwise, those not read, and the time of each in ms."""

    read: int
    wrong: tuple[str, ...]
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


def _bytes(contents: list[Content]) -> list[bytes]:
    return [content.payload for content in contents]


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
    _ALONE: lambda case: _bytes(read_zxing(case.grey)),
    "ZBar alone, binary setting": lambda case: _bytes(read_zbar(case.grey)),
    _PYZBAR: _pyzbar_as_it_comes,
    _OPENCV: _opencv,
}
OTHERS = (_ALONE, _PYZBAR, _OPENCV)  # the three decoders as anybody would call them


def judge(reader: str, cases: list[Case]) -> Read:
    """Let a reader read every image."""
    times, missed, wrong = [], [], []
    for case in cases:
        began = time.perf_counter()
        payloads = READERS[reader](case)
        times.append(ms_since(began))
        if not any(matches(payload, case.expected) for payload in payloads):
            missed.append(case.name)
            if payloads:
                wrong.append(case.name)
    return Read(len(cases) - len(missed), tuple(wrong), tuple(missed), tuple(times))


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
    tables = [_spoiled()]
    if cases := load(images_folder()):
        results = {reader: judge(reader, cases) for reader in READERS}
        title = f"QR codes: {len(cases)} test images of ZXing"
        tables.insert(
            0,
            Table(
                title,
                "ms an image",
                _rows(results),
                (*_who_reads(results, cases), *_otherwise(cases, results[OURS].wrong)),
                with_mean=True,
            ),
        )
    return tables


def _rows(results: dict[str, Read]) -> tuple[Row, ...]:
    named = {reader: f"{reader}: {of.read} read, {len(of.wrong)} otherwise" for reader, of in results.items()}
    return tuple(
        Row(named[reader], of.times, named[_ALONE] if reader == OURS else None) for reader, of in results.items()
    )


def _who_reads(results: dict[str, Read], cases: list[Case]) -> tuple[str, ...]:
    """Say of each decoder what it alone reads, and whether ours reads all that any of them does."""
    every = {case.name for case in cases}
    read = {reader: every - set(of.missed) for reader, of in results.items()}
    notes = []
    for reader in OTHERS:
        others: set[str] = set().union(*(read[other] for other in OTHERS if other != reader))
        notes.append(f"of the three, only {reader} reads: {_listed(read[reader] - others)}")
    union: set[str] = set().union(*(read[reader] for reader in OTHERS))
    notes.append(f"any of the three reads {len(union)}; of these ours does not: {_listed(union - read[OURS])}")
    notes.append(f"ours reads, none of the three does: {_listed(read[OURS] - union)}")
    notes.append(f"nobody reads as expected: {_listed(every - union - read[OURS])}")
    return tuple(notes)


def _otherwise(cases: list[Case], wrong: tuple[str, ...]) -> tuple[str, ...]:
    """Show what ours says where it differs from the text beside the image: who is right, a reader can tell."""
    return tuple(
        f"{case.name} by ours: {payload.decode(errors='replace')!r}, beside the image: {case.expected!r}"
        for case in cases
        if case.name in wrong
        for payload in _ours(case)
    )


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _spoiled() -> Table:
    """Judge the readers on drawn symbols, each spoiled in one way, from hardly to badly."""
    spoilers: dict[str, list[Case]] = defaultdict(list)
    for number, (spoiler, grey, payload) in enumerate(drawn()):
        spoilers[spoiler].append(Case(str(number), grey, grey, payload))
    cases = [case for of in spoilers.values() for case in of]
    results = {reader: judge(reader, cases) for reader in READERS}
    notes = [f"{'':14} {'of':>3} {'ours':>5}  {'  '.join(OTHERS)}"]
    for spoiler, of in spoilers.items():
        counts = "  ".join(f"{_read_of(results[reader], of):>{len(reader)}}" for reader in OTHERS)
        notes.append(f"{spoiler:14} {len(of):>3} {_read_of(results[OURS], of):>5}  {counts}")
    return Table(
        f"QR codes: {len(cases)} drawn and spoiled", "ms a symbol", _rows(results), tuple(notes), with_mean=True
    )


def _read_of(result: Read, cases: list[Case]) -> int:
    return sum(case.name not in result.missed for case in cases)
