"""Why no code is read from a picture: too dark, glare, too far, unclear. Looks at one grey picture, remembers nothing.

The thresholds are from trial on the virtual camera's scenes and on drawn symbols; on a real camera they are untried.
"""

from itertools import combinations

import cv2  # noqa: TID251 - scales and thresholds pictures
import numpy as np
from numpy.typing import NDArray

from devices.camera.api import Pixels
from devices.scanner.api import Hint

LEAST_MODULE = 3.0
"""Pixels that a module needs to be read reliably under a camera's noise."""
_OVERVIEW = (160, 90)
_DARK, _DARK_SHARE = 56, 98  # grey level below which this percentage of a dark picture lies
_BURNT, _BURNT_SHARE = 250, 0.04  # a lamp's reflection, or a screen too bright for the exposure
_RINGS = np.array([1, 1, 3, 1, 1])  # a finder pattern, cut through its middle (ISO/IEC 18004, 6.3.3)
_LEAST_CUT = 9  # pixels across a finder pattern; below it noise has all proportions
_OFF = 0.6  # modules that a run may be too long or short
_AGREE = 1.4  # how much larger one finder pattern of a symbol may be than another
_LOOKS = ((2, 3, 61, 6), (1, 1, 31, 28))
"""How a picture is made black and white: shrunk by, smoothed over so many pixels, the window whose mean is the limit,
and how many levels darker dark is: more than noise reaches, where nothing was smoothed."""
_COARSE, _TEXTURED, _SPECK, _SMALL = 4, 14, 20, 140  # pixels; levels that pixels differ by; pixels; pixels
_LEAST_SIDE = 21  # pixels: one for each module of the smallest symbol; below it nothing is looked for
_MOST_PATTERNS = 16  # of which any three may be one symbol's
_NEAREST, _FARTHEST = 10, 130  # modules between the middles of two finder patterns: version 1 has 14, version 30 130


def hint_of(grey: Pixels) -> Hint:
    """Return what keeps a picture (height × width) from being read, as far as it can be told cheaply."""
    if min(grey.shape) < _LEAST_SIDE:
        return Hint.SEARCHING
    overview = cv2.resize(grey, _OVERVIEW, interpolation=cv2.INTER_AREA)
    burnt = float((overview >= _BURNT).mean()) >= _BURNT_SHARE
    module = module_size(grey)
    if module is not None and module < LEAST_MODULE:
        return Hint.TOO_FAR
    if burnt:
        return Hint.GLARE
    if module is not None:
        return Hint.UNCLEAR
    if _lone_small_thing(grey):
        return Hint.TOO_FAR
    return Hint.TOO_DARK if np.percentile(overview, _DARK_SHARE) < _DARK else Hint.SEARCHING


def module_size(grey: Pixels) -> float | None:
    """Return the pixels of one module of a QR code, or None where no symbol is seen; it need not be readable.

    A symbol is three finder patterns of about one size, neither too close nor too far for it.
    """
    for scale, smoothing, window, darker in _LOOKS:
        picture = cv2.resize(grey, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
        smooth = cv2.blur(picture, (smoothing, smoothing))
        dark = cv2.adaptiveThreshold(smooth, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, darker)
        if (module := _symbol_of(_finder_patterns(np.asarray(dark, np.uint8)))) is not None:
            return module * scale
    return None


def _lone_small_thing(grey: Pixels) -> bool:
    """Tell whether one thing with a code's fine texture, and no other, lies there, too small to show what it is."""
    texture = cv2.blur(cv2.absdiff(grey, cv2.blur(grey, (3, 3))), (9, 9))
    coarse = cv2.resize(texture, None, fx=1 / _COARSE, fy=1 / _COARSE, interpolation=cv2.INTER_AREA)
    _, _, things, _ = cv2.connectedComponentsWithStats((coarse > _TEXTURED).astype(np.uint8))
    sizes = things[1:, 2:] * (_COARSE, _COARSE, _COARSE**2)  # the first is the ground: width, height, area
    sizes = sizes[sizes[:, :2].min(axis=1) >= _SPECK]
    if len(sizes) != 1:
        return False
    width, height, area = sizes[0]
    return bool(max(width, height) <= min(_SMALL, 2.3 * min(width, height)) and area >= 0.4 * width * height)


def _finder_patterns(dark: Pixels) -> list[tuple[float, float, float]]:
    """Return row, column and module size of what is cut as a finder pattern is, both ways."""
    across, down = _cut(dark), _cut(np.ascontiguousarray(dark.T))
    upright = np.zeros(dark.shape, np.float32)
    upright[down[:, 1].astype(int), down[:, 0].astype(int)] = down[:, 2]
    upright = np.asarray(cv2.dilate(upright, np.ones((5, 5), np.uint8)), np.float32)
    ratio = upright[across[:, 0].astype(int), across[:, 1].astype(int)] / across[:, 2]
    found: list[tuple[float, float, float]] = []
    for row, column, module in across[(ratio > 1 / _AGREE) & (ratio < _AGREE)]:
        if all(abs(row - r) > 3 * module or abs(column - c) > 3 * module for r, c, _ in found):
            found.append((row, column, module))
        if len(found) == _MOST_PATTERNS:
            break
    return found


def _cut(dark: Pixels) -> NDArray[np.float64]:
    """Return row, column and module size (n × 3) wherever a row goes dark-light-dark-light-dark as 1:1:3:1:1."""
    bordered = np.pad(dark, ((0, 0), (1, 1)))
    width = bordered.shape[1]
    edges = np.flatnonzero(np.diff(bordered.ravel())) + 1  # rows begin and end light: dark runs start at even ones
    runs = np.lib.stride_tricks.sliding_window_view(np.diff(edges), 5)[::2] if len(edges) > 5 else np.empty((0, 5))  # noqa: PLR2004
    starts = edges[: 2 * len(runs) : 2]
    modules = runs.sum(1) / 7
    fits = (np.abs(runs - modules[:, None] * _RINGS) < np.maximum(_OFF * modules, 0.7)[:, None]).all(1)
    fits &= (runs.sum(1) >= _LEAST_CUT) & ((starts % width + runs.sum(1)) < width)
    cuts = np.column_stack((starts // width, starts % width - 1 + runs.sum(1) / 2, modules))
    return np.asarray(cuts[fits], np.float64)


def _symbol_of(patterns: list[tuple[float, float, float]]) -> float | None:
    """Return the module size of three patterns that may be the corners of a square seen askew."""
    for three in combinations(patterns, 3):
        sizes = [size for _, _, size in three]
        if max(sizes) > _AGREE * min(sizes):
            continue
        module = sum(sizes) / 3
        sides = sorted(np.hypot(a[0] - b[0], a[1] - b[1]) / module for a, b in combinations(three, 2))
        if sides[0] > _NEAREST and sides[1] < min(1.5 * sides[0], _FARTHEST) and sides[2] < 1.8 * sides[0]:
            return module
    return None
