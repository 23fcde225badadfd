"""Straight edges of a picture, and how much of each is really there: what a sheet's outline is looked for in."""

from dataclasses import dataclass

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np
from numpy.typing import NDArray

from devices.camera.api import Pixels

Floats = NDArray[np.float32]

WORKING_SIDE = 640  # pixels of the longer side on which edges are looked for
_MOST = 30  # lines kept, the longest first
_SHORTEST = 0.05  # of the longer side
_SAME_LINE = 3.0  # pixels
_SAME_DIRECTION = np.cos(np.radians(4))
_SLACK = (-2, -1, 0, 1, 2)  # pixels beside a line where its edge may lie
_STEPS = 256  # places along a line


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Lines through a picture, and where along each an edge runs.

    ``normals``: n × 2, unit vectors; ``offsets``: n; a line is ``normal · point = offset``. ``along``: n × 2, unit
    vectors. ``rising``, ``falling``: n × (steps + 1), how many of the first k places along a line have an edge whose
    far side (seen along the normal) is lighter, or darker; ``begin``, ``step``: where the places are.
    """

    normals: Floats
    offsets: Floats
    along: Floats
    rising: Floats
    falling: Floats
    begin: Floats
    step: Floats


def straight_edges(picture: Pixels, *, thin: int) -> Edges | None:
    """Return the straight edges of a small picture (height × width × 3, BGR), or None where there are too few.

    ``thin``: what is at most so many pixels across (print, grain, pens) is painted over first; 0 for nothing.
    """
    smooth = _without_thin(picture, thin) if thin else picture
    planes = _lightness_and_colour(smooth)
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD)
    found = [detector.detect(plane)[0] for plane in planes]
    segments = [part.reshape(-1, 4) for part in found if part is not None]
    if not segments:
        return None
    lines = _merge(np.concatenate(segments), max(picture.shape[:2]))
    if lines is None:
        return None
    return _measure(*lines, _gradient(*planes))


def borders(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return normals and offsets of a frame's own four borders; ``size``: width, height."""
    normals = np.array([[0, 1], [1, 0], [0, 1], [1, 0]], np.float32)
    return normals, np.array([0, size[0] - 1, size[1] - 1, 0], np.float32)


def _without_thin(picture: Pixels, thin: int) -> Pixels:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thin | 1, thin | 1))
    return np.asarray(
        cv2.morphologyEx(cv2.morphologyEx(picture, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel), np.uint8
    )


def _lightness_and_colour(picture: Pixels) -> tuple[Pixels, Pixels]:
    """Return lightness, and as grey levels how blue or yellow, green or red: paper on a table just as light."""
    lightness, red, yellow = cv2.split(cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2LAB), (0, 0), 1.0))
    colour = cv2.addWeighted(red, 2.0, yellow, 2.0, -384.0)
    return np.asarray(lightness, np.uint8), np.asarray(colour, np.uint8)


def _gradient(lightness: Pixels, colour: Pixels) -> tuple[Floats, Floats]:
    """Return the lightness' gradient across and down, or the colour's where that is stronger, with lightness' sign."""
    light, tint = (
        [np.asarray(side, np.float32) / 8 for side in cv2.spatialGradient(plane)] for plane in (lightness, colour)
    )
    stronger = cv2.magnitude(*tint) > cv2.magnitude(*light)
    against = np.where(light[0] * tint[0] + light[1] * tint[1] < 0, -1, 1).astype(np.float32)
    across, down = (np.where(stronger, tint[side] * against, light[side]) for side in (0, 1))
    return across, down


def _merge(segments: Floats, side: int) -> tuple[Floats, Floats, Floats] | None:
    """Join segments of one line; return normals, offsets and directions of the longest lines."""
    begin, end = segments[:, :2], segments[:, 2:]
    lengths = np.linalg.norm(end - begin, axis=1)
    order = np.argsort(-lengths)
    order = order[lengths[order] > _SHORTEST * side][:200]
    along = (end[order] - begin[order]) / lengths[order, None]
    middle, lengths = (begin[order] + end[order]) / 2, lengths[order]
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1)
    offsets = (normals * middle).sum(axis=1)
    total = np.zeros(len(order), np.float32)
    kept: list[int] = []
    for one in range(len(order)):
        for other in kept:
            parallel = abs(along[one] @ along[other]) > _SAME_DIRECTION
            if parallel and abs(normals[other] @ middle[one] - offsets[other]) < _SAME_LINE:
                total[other] += lengths[one]
                break
        else:
            kept.append(one)
            total[one] += lengths[one]
    if len(kept) < 3:  # noqa: PLR2004 - a sheet that is cut off has three sides, or two
        return None
    best = np.array(sorted(kept, key=lambda line: -total[line])[:_MOST])
    return normals[best], offsets[best], along[best]


def _measure(normals: Floats, offsets: Floats, along: Floats, gradient: tuple[Floats, Floats]) -> Edges:
    """Look along each line, from where it enters the picture's circumcircle to where it leaves, for its edge."""
    across, down = gradient
    height, width = across.shape
    middle = np.array([width, height], np.float32) / 2
    reach = float(np.hypot(width, height)) / 2
    foot = normals * (offsets - normals @ middle)[:, None] + middle
    begin = (along * foot).sum(axis=1) - reach
    step = np.full(len(normals), 2 * reach / _STEPS, np.float32)
    places = foot[:, None] + along[:, None] * (np.arange(_STEPS, dtype=np.float32) * step[0] - reach)[None, :, None]
    rising = np.zeros(places.shape[:2], bool)
    falling = np.zeros(places.shape[:2], bool)
    limit = max(1.2, 3.0 * float(np.median(np.abs(across[::4, ::4]) + np.abs(down[::4, ::4])) / 2))
    for beside in _SLACK:
        x = np.rint(places[..., 0] + normals[:, :1] * beside).astype(np.int32)
        y = np.rint(places[..., 1] + normals[:, 1:] * beside).astype(np.int32)
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        x, y = np.where(inside, x, 0), np.where(inside, y, 0)
        right, below = across[y, x], down[y, x]
        over = right * normals[:, :1] + below * normals[:, 1:]
        sideways = np.abs(right * along[:, :1] + below * along[:, 1:])
        clear = inside & (np.abs(over) > limit) & (np.abs(over) > 1.7 * sideways)
        rising |= clear & (over > 0)
        falling |= clear & (over < 0)
    return Edges(normals, offsets, along, _counted(rising), _counted(falling), begin, step)


def _counted(there: NDArray[np.bool_]) -> Floats:
    counts = np.zeros((there.shape[0], there.shape[1] + 1), np.float32)
    np.cumsum(there, axis=1, out=counts[:, 1:])
    return counts
