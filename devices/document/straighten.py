"""A sheet seen at an angle, made straight, evenly lit, and in as few tones as are wanted."""

from enum import Enum

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np
from numpy.typing import NDArray

from devices.camera.api import Pixels
from devices.document.paper import Shape

_PAPER_LEVEL = 245.0  # what the paper's own white becomes
_COARSE = 320  # pixels of the longer side on which light is judged
_REACH = 0.09  # of the longer side: print and pictures up to that size are not taken for shadow
_DARKEST = 0.3  # of the lightest paper: what is darker is dark of itself, not by shadow
_TRIM = 0.004  # of each side: outside of it, a sheet's rim shows the table
_WINDOW = 0.022  # of the longer side, for binarising
_SAUVOLA = 0.22


class Tone(Enum):
    """What a page is kept in."""

    COLOUR = "colour"
    GREY = "grey"
    BINARY = "binary"  # black and white, 0 and 255


def straighten(pixels: Pixels, corners: NDArray[np.float64], shape: Shape) -> Pixels:
    """Return the sheet seen from straight above, as ``shape`` says: height × width × 3, BGR."""
    inset = _TRIM * np.array([shape.width, shape.height])
    right, bottom = np.array([shape.width, shape.height]) + inset
    target = np.array([[-inset[0], -inset[1]], [right, -inset[1]], [right, bottom], [-inset[0], bottom]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    straight = cv2.warpPerspective(
        pixels, matrix, (shape.width, shape.height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(straight, np.uint8)


def even_light(page: Pixels) -> Pixels:
    """Return a page of paper with its shadows removed and its white white, whatever the lamp's colour.

    Light is what is lightest around each place; what is dark over more than a tenth of the page is left dark.
    """
    height, width = page.shape[:2]
    scale = _COARSE / max(height, width)
    small = cv2.resize(
        page, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    reach = round(_REACH * _COARSE) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    light = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), 5).astype(np.float32)
    light = np.maximum(light, np.maximum(_DARKEST * np.percentile(light, 95, axis=(0, 1)), 1.0))
    whole = cv2.resize(cv2.GaussianBlur(light, (0, 0), 2), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(page.astype(np.float32), whole, scale=_PAPER_LEVEL).clip(0, 255), np.uint8)


def even_slope(card: Pixels) -> Pixels:
    """Return a card with the slope of its light taken out: its ground and photograph keep their tones."""
    grey = cv2.cvtColor(card, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (48, 32), interpolation=cv2.INTER_AREA).astype(np.float64)
    y, x = np.mgrid[-1:1:32j, -1:1:48j]
    ground = small > np.percentile(small, 40)
    plane = np.column_stack([np.ones(ground.sum()), x[ground], y[ground]])
    (level, across, down), *_ = np.linalg.lstsq(plane, small[ground], rcond=None)
    height, width = grey.shape
    fitted = level + np.add.outer(down * np.linspace(-1, 1, height), across * np.linspace(-1, 1, width))
    gain = np.clip(level / np.maximum(fitted, 1), 0.6, 1.6)
    lightest = max(float(np.percentile(grey * gain, 99)), 1.0)
    return np.asarray((card * (gain * min(_PAPER_LEVEL / lightest, 2.5))[..., None]).clip(0, 255), np.uint8)


def in_tone(page: Pixels, tone: Tone) -> Pixels:
    """Return a page (BGR) in a tone: height × width × 3 in colour, else height × width."""
    if tone is Tone.COLOUR:
        return page
    grey = np.asarray(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY), np.uint8)
    return grey if tone is Tone.GREY else black_and_white(grey)


def black_and_white(grey: Pixels) -> Pixels:
    """Return black and white, 0 and 255, height × width.

    After Sauvola and Pietikäinen (2000): each place's threshold follows mean and spread around it.
    """
    window = round(_WINDOW * max(grey.shape)) | 1
    levels = grey.astype(np.float32)
    mean = cv2.boxFilter(levels, cv2.CV_32F, (window, window))
    square = cv2.sqrBoxFilter(levels, cv2.CV_32F, (window, window))
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    threshold = mean * (1 + _SAUVOLA * (spread / 128 - 1))
    return np.where(levels > threshold, np.uint8(255), np.uint8(0))
