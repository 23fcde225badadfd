"""Screens that ask for something before the camera, with example pictures, for the gallery."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from devices.camera.api import Frame
from kiosk import stage
from screens.gallery_questions import text
from wire.problems import problem


def camera_picture() -> Frame:
    """Return a picture of a sheet with a code-like pattern, held before the camera."""
    random = np.random.default_rng(7)
    pixels = np.full((480, 640, 3), 96, np.uint8)
    pixels += np.linspace(0, 60, 640).astype(np.uint8)[None, :, None]
    pixels[60:430, 150:500] = 238
    squares = (random.integers(0, 2, (25, 25)) * 255).astype(np.uint8)
    pixels[130:380, 200:450] = np.kron(squares, np.ones((10, 10), np.uint8))[:, :, None]
    return Frame(number=1, pixels=pixels)


def page_picture() -> Frame:
    """Return a picture of a page with a photograph and two printed lines, held before the camera."""
    random = np.random.default_rng(7)
    pixels = np.full((480, 640, 3), 96, np.uint8)
    pixels[50:430, 60:580] = 232
    pixels[90:260, 85:215] = 170
    for top in (330, 375):
        marks = np.kron(random.integers(0, 2, (3, 88)), np.ones((6, 5), np.int64))
        pixels[top : top + 18, 100:540] = np.where(marks, 232, 40).astype(np.uint8)[:, :, None]
    return Frame(number=1, pixels=pixels)


def scan_views() -> Iterator[tuple[str, stage.ScanCode]]:
    """Yield every example with its name."""
    yield (
        "scan",
        stage.ScanCode(
            prompt=text("扫描受理通知书上的二维码", "Scan the QR code on your slip"),
            preview=camera_picture,
            hint=lambda: stage.Hint.SEARCHING,
            can_type=True,
        ),
    )
    for hint in (one for one in stage.Hint if one is not stage.Hint.SEARCHING):
        yield (
            f"scan-{hint.value.replace('_', '-')}",
            stage.ScanCode(
                prompt=text("扫描证明上的二维码", "Scan the QR code on the certificate"),
                preview=camera_picture,
                hint=partial(stage.Hint, hint.value),
                problem=problem("scan.wrong_kind") if hint is stage.Hint.ALREADY_USED else None,
            ),
        )
    yield (
        "scan-problem",
        stage.ScanCode(
            prompt=text("扫描证明上的二维码", "Scan the QR code on the certificate"), problem=problem("scan.wrong_kind")
        ),
    )
    for seen, code in ((stage.Hint.SEARCHING, None), (stage.Hint.UNCLEAR, "card.wrong_access")):
        yield (
            f"scan-lines-{seen.value}",
            stage.ScanCode(
                prompt=text(
                    "请把证件上的机读码（两行或三行字符）放到摄像头下", "Show the camera the two or three printed lines"
                ),
                sought=stage.Sought.PRINTED_LINES,
                preview=page_picture,
                hint=partial(stage.Hint, seen.value),
                problem=None if code is None else problem(code),
                can_type=True,
            ),
        )
