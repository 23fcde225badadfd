"""How well a sheet is seen: light, distance, sharpness, mirrored lamps. Measures, decides nothing."""

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np
from numpy.typing import NDArray

from devices.camera.api import Pixels

_FINE, _COARSE = 0.8, 2.4  # pixels: an edge's steepness at two scales tells how wide it is
_STRONGEST = 99.5  # percentile of steepness: print and outline, not noise
_NOISE = 7.67  # times its median's square is that percentile's square, of the steepness of noise (Rayleigh)
_RIM = 12  # pixels around a sheet, in which its outline is steep
_BLOWN = 252
_SPOT = 1 / 45  # of the sheet's width: smaller lights are print's neighbours, not lamps


def lightness(pixels: Pixels, corners: NDArray[np.float64] | None = None) -> float:
    """Return the level (0 to 255) that a third of the sheet, or of the picture, is darker than."""
    small = cv2.cvtColor(pixels[::4, ::4], cv2.COLOR_BGR2GRAY)
    if corners is None:
        return float(np.percentile(small, 66))
    inside = small[_mask(small.shape[:2], corners / 4) > 0]
    return float(np.percentile(inside, 66)) if inside.size else 0.0


def extent(corners: NDArray[np.float64], frame: tuple[int, int]) -> float:
    """Return how much of the frame's width or height (whichever it fills more of) a sheet takes."""
    return float((np.ptp(corners, axis=0) / frame).max())


def edge_width(pixels: Pixels, corners: NDArray[np.float64]) -> float:
    """Return how wide the sheet's sharpest edges are: the standard deviation of their blur, in pixels.

    Steepness at two scales σ of a step blurred by s falls as 1/√(s² + σ²), which solved for s is this; it does not
    depend on contrast. What noise adds, as the middle of the sheet shows it, is taken off. Capped at 10.
    """
    grey, inside = _part(pixels, corners)
    steepness = []
    for scale in (_FINE, _COARSE):
        blurred = cv2.GaussianBlur(grey, (0, 0), scale)
        across, down = (np.asarray(side, np.float32) for side in cv2.spatialGradient(blurred))
        steep = cv2.magnitude(across, down)[inside]
        usual, strongest = np.percentile(steep, (50, _STRONGEST))
        steepness.append(max(float(strongest**2 - _NOISE * usual**2), 0.0))
    if steepness[0] <= steepness[1] or steepness[1] <= 0:
        return 10.0
    ratio = steepness[0] / steepness[1]
    return float(np.sqrt(np.clip((_COARSE**2 - ratio * _FINE**2) / (ratio - 1), 0.0, 100.0)))


def glare(pixels: Pixels, corners: NDArray[np.float64]) -> float:
    """Return which part of the sheet is blown out in spots larger than print: a lamp that it mirrors."""
    left, top, right, bottom = _box(pixels, corners)
    part = pixels[top:bottom, left:right]
    blown = (part.min(axis=2) >= _BLOWN).astype(np.uint8)
    size = max(3, round(_SPOT * (right - left)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    mask = _mask(part.shape[:2], corners - (left, top)) > 0
    return float(cv2.morphologyEx(blown, cv2.MORPH_OPEN, kernel)[mask].mean()) if mask.any() else 0.0


def _part(pixels: Pixels, corners: NDArray[np.float64]) -> tuple[Pixels, NDArray[np.bool_]]:
    """Return the part of a picture that shows the sheet, grey, and what of it is sheet or the rim around it."""
    left, top, right, bottom = _box(pixels, corners, _RIM)
    part = cv2.cvtColor(pixels[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    rim = np.ones((2 * _RIM + 1, 2 * _RIM + 1), np.uint8)
    return np.asarray(part, np.uint8), cv2.dilate(_mask(part.shape, corners - (left, top)), rim) > 0


def _box(pixels: Pixels, corners: NDArray[np.float64], rim: int = 0) -> tuple[int, int, int, int]:
    height, width = pixels.shape[:2]
    left, top = np.clip(np.floor(corners.min(axis=0) - rim), 0, (width - 2, height - 2)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0) + rim), (left + 2, top + 2), (width, height)).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _mask(shape: tuple[int, ...], corners: NDArray[np.float64]) -> Pixels:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.rint(corners).astype(np.int32), 1)
    return mask
