"""The printed page in the citizen's hand: its picture, to look at and to hold under the terminal's camera."""

import subprocess
from pathlib import Path

import cv2  # noqa: TID251 - reads a picture, as a camera's door does
import numpy as np

from devices.camera.api import Pixels

_DPI = 150
_FOOT = 0.40  # the part of the page that is held under the camera: where the code is


def photograph_page(pdf: bytes, page: int = 1) -> Pixels:
    """Return a page of a PDF as it looks on paper: height × width × 3, BGR, at 150 dpi."""
    done = subprocess.run(  # noqa: S603 - a fixed command line
        ["/usr/bin/pdftoppm", "-r", str(_DPI), "-f", str(page), "-l", str(page), "-png", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    picture = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("pdftoppm gave no picture")
    return np.asarray(picture, np.uint8)


def foot_of(page: Pixels) -> Pixels:
    """Return the lower part of a page."""
    return page[int(page.shape[0] * (1 - _FOOT)) :]


def head_of(page: Pixels) -> Pixels:
    """Return the upper part of a page: where a slip has its code."""
    return page[: int(page.shape[0] * _FOOT)]


def save_picture(picture: Pixels, path: Path) -> Path:
    """Write a picture as PNG."""
    cv2.imwrite(str(path), picture)
    return path
