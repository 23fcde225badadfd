"""Corners found on a small picture, made exact on the full one: each side is fitted to where its edge really runs."""

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np
from numpy.typing import NDArray

from devices.camera.api import Pixels

_PLACES = 64  # along a side
_ENDS = 0.05  # of a side: left out, corners are round or bent
_CLOSE = 1.5  # pixels from the fitted line: belongs to it
_LEAST = 0.3  # of the places have to belong to the line, else the side stays where it was


def refine(pixels: Pixels, corners: NDArray[np.float64], *, reach: float) -> NDArray[np.float64]:
    """Return corners (4 × 2, in order around) moved to where the picture has its edges.

    ``reach``: pixels on either side in which an edge is looked for. Fingers over a side and other papers beneath it
    are outvoted: the line that most places agree on is taken.
    """
    sides = [_fit(pixels, corners[side], corners[(side + 1) % 4], reach) for side in range(4)]
    moved = [_crossing(sides[side - 1], sides[side]) for side in range(4)]
    found = np.array([corner if corner is not None else old for corner, old in zip(moved, corners, strict=True)])
    if np.linalg.norm(found - corners, axis=1).max() > 3 * reach:
        return corners
    return found


def _fit(pixels: Pixels, begin: NDArray[np.float64], end: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Return two points of the line along which a side's edge runs."""
    along = (end - begin) / np.linalg.norm(end - begin)
    across = np.array([-along[1], along[0]])
    parts = np.linspace(_ENDS, 1 - _ENDS, _PLACES)
    distances = np.arange(-reach, reach + 0.5, 0.5)
    spots = (begin + np.outer(parts, end - begin))[:, None] + distances[None, :, None] * across
    profiles = cv2.remap(
        pixels,
        spots[..., 0].astype(np.float32),
        spots[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    smooth = cv2.GaussianBlur(profiles.astype(np.float32), (0, 0), sigmaX=2.0, sigmaY=1.0)
    third = len(distances) // 3
    change = np.median(smooth[:, -third:].mean(axis=1) - smooth[:, :third].mean(axis=1), axis=0)
    if np.linalg.norm(change) < 1:
        return np.array([begin, end])
    slope = np.diff(smooth @ (change / np.linalg.norm(change)), axis=1)
    peaks = slope.argmax(axis=1)
    offsets = distances[peaks] + 0.25 + 0.5 * _between(slope, peaks)
    first, second = np.triu_indices(_PLACES, _PLACES // 4)
    tilts = (offsets[second] - offsets[first]) / (parts[second] - parts[first])
    starts = offsets[first] - tilts * parts[first]
    sample = slice(None, None, max(1, len(tilts) // 400))
    misses = np.abs(offsets[None] - starts[sample, None] - tilts[sample, None] * parts[None])
    winner = int(np.argmax((misses < _CLOSE).sum(axis=1)))
    belongs = misses[winner] < _CLOSE
    if belongs.mean() < _LEAST:
        return np.array([begin, end])
    tilt, start = np.polyfit(parts[belongs], offsets[belongs], 1)
    return np.array([begin + across * start, end + across * (start + tilt)])


def _between(slope: NDArray[np.float64], peaks: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how far beside the steepest step the edge lies, in steps: the top of a parabola through three."""
    rows = np.arange(len(peaks))
    inner = np.clip(peaks, 1, slope.shape[1] - 2)
    before, here, after = slope[rows, inner - 1], slope[rows, inner], slope[rows, inner + 1]
    bend = before - 2 * here + after
    return np.where((inner == peaks) & (bend < 0), 0.5 * (before - after) / np.where(bend < 0, bend, -1), 0)


def _crossing(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return where two lines, each given by two points, meet."""
    ahead, aside = one[1] - one[0], other[1] - other[0]
    cross = ahead[0] * aside[1] - ahead[1] * aside[0]
    if abs(cross) < 1e-6:  # noqa: PLR2004 - parallel
        return None
    gap = other[0] - one[0]
    return np.asarray(one[0] + ahead * (gap[0] * aside[1] - gap[1] * aside[0]) / cross)
