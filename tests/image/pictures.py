"""Whether a picture of a screen shows what it should: compared small and blurred, so that a clock may differ."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import cv2  # noqa: TID251 - compares pictures
import numpy as np

_SIZE: Final = (108, 192)


def _small(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path))
    assert picture is not None, f"{path} is no picture"
    return cv2.GaussianBlur(cv2.resize(picture, _SIZE, interpolation=cv2.INTER_AREA), (0, 0), 1.0).astype(np.float64)


def difference(one: Path, other: Path, part: float = 1.0) -> float:
    """Return how far two pictures are apart: 0 for the same, 255 for black and white.

    ``part``: only this much of them, from the top.
    """
    rows = round(_SIZE[1] * part)
    return float(np.abs(_small(one)[:rows] - _small(other)[:rows]).mean())


def text(path: Path) -> str:
    """Return what a console's letters on a picture say, as far as tesseract can read them."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None, f"{path} is no picture"
    large = path.with_suffix(".large.png")
    cv2.imwrite(str(large), 255 - cv2.resize(picture, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC))
    said = subprocess.run(["tesseract", large, "-", "--psm", "6"], check=True, capture_output=True, text=True).stdout
    large.unlink()
    return said


def is_blank(path: Path) -> bool:
    """Return whether next to nothing is to be seen: a dark screen, or a console's line."""
    return float(_small(path).std()) < 12


def nearest(path: Path, known: Mapping[str, Path]) -> tuple[str, float]:
    """Return the name of the picture that is most like this one, and how far it is."""
    return min(((name, difference(path, one)) for name, one in known.items()), key=lambda pair: pair[1])
