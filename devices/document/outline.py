"""The four straight edges that are most likely a sheet's outline; pure geometry on edges found before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.document.edges import Edges, Floats, borders

_OPPOSITE = np.cos(np.radians(32))  # opposite sides are seen at most so far from parallel
_CROSSING = np.cos(np.radians(50))  # neighbouring sides at least so far apart
_SMALLEST = 0.03  # of the frame
_OUTSIDE = 0.012  # of the frame's longer side: a corner may lie so far outside
_BORDER_SUPPORT = 0.55
_BEYOND = 0.12  # of a side, looked at beyond its corners, where a sheet's edge has ended
_WEAKEST, _MEAN = 0.35, 0.66  # of a side, and of all sides
_REAL = 0.82  # of the sides that are left of a sheet cut off


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Four corners (4 × 2, clockwise in the picture) and what speaks for them.

    ``lighter``: the sheet is lighter than what it lies on. ``cut``: sides, by number, that are the frame's border.
    """

    corners: NDArray[np.float64]
    score: float
    area: float
    lighter: bool
    cut: tuple[int, ...]


def whole_outline(edges: Edges, size: tuple[int, int]) -> Outline | None:
    """Return the most likely outline that lies wholly in a frame of ``size`` (width, height), or None."""
    return _best(edges, size, with_borders=False)


def cut_outline(edges: Edges, size: tuple[int, int]) -> Outline | None:
    """Return the most likely outline of which one or two sides lie outside of the frame, or None.

    Believed only of a sheet lighter than its table: else what a board of the table and the frame enclose would be one.
    """
    found = _best(edges, size, with_borders=True)
    return found if found is not None and found.lighter else None


def _best(edges: Edges, size: tuple[int, int], *, with_borders: bool) -> Outline | None:
    count = len(edges.normals)
    normals, offsets = edges.normals, edges.offsets
    if with_borders:
        border_normals, border_offsets = borders(size)
        normals, offsets = np.concatenate([normals, border_normals]), np.concatenate([offsets, border_offsets])
    sides = _combinations(normals, count, with_borders=with_borders)
    if not len(sides):
        return None
    corners = _corners(normals[sides], offsets[sides])
    fits = _plausible(corners, size)
    sides, corners = sides[fits], corners[fits]
    if not len(sides):
        return None
    area = _area(corners) / (size[0] * size[1])
    scored = [_score(edges, sides, corners, count, lighter=lighter) for lighter in (True, False)]
    scores = np.stack([scores + 0.35 * np.sqrt(area) for scores in scored])
    lighter, best = np.unravel_index(int(np.argmax(scores)), scores.shape)
    if not np.isfinite(scores[lighter, best]):
        return None
    found, cut = corners[best], sides[best] >= count
    if _turns_left(found):
        found, cut = found[::-1], np.roll(cut[::-1], -1)
    return Outline(
        found.astype(np.float64),
        float(scores[lighter, best]),
        float(area[best]),
        lighter == 0,
        tuple(int(side) for side in np.flatnonzero(cut)),
    )


def _combinations(normals: Floats, count: int, *, with_borders: bool) -> NDArray[np.intp]:
    """Return sets of four lines, n × 4, each in the order in which they follow each other around."""
    one, other = np.triu_indices(len(normals), 1)
    alike = np.abs((normals[one] * normals[other]).sum(axis=1)) > _OPPOSITE
    pairs = np.stack([one[alike], other[alike]], axis=1)
    first, second = np.triu_indices(len(pairs), 1)
    across = np.abs((normals[pairs[first, 0]] * normals[pairs[second, 0]]).sum(axis=1)) < _CROSSING
    first, second = pairs[first[across]], pairs[second[across]]
    sides = np.stack([first[:, 0], second[:, 0], first[:, 1], second[:, 1]], axis=1)
    at_border = (sides >= count).sum(axis=1)
    return sides[(at_border > 0) & (at_border <= 2)] if with_borders else sides  # noqa: PLR2004 - two sides are left


def _corners(normals: Floats, offsets: Floats) -> Floats:
    """Return where each side meets the next: n × 4 × 2."""
    next_normals, next_offsets = np.roll(normals, -1, axis=1), np.roll(offsets, -1, axis=1)
    cross = normals[..., 0] * next_normals[..., 1] - normals[..., 1] * next_normals[..., 0]
    cross = np.where(np.abs(cross) < 1e-6, 1e-6, cross)  # noqa: PLR2004 - parallel: far outside
    x = (offsets * next_normals[..., 1] - next_offsets * normals[..., 1]) / cross
    y = (normals[..., 0] * next_offsets - next_normals[..., 0] * offsets) / cross
    return np.asarray(np.stack([x, y], axis=-1), np.float32)


def _plausible(corners: Floats, size: tuple[int, int]) -> NDArray[np.bool_]:
    slack = _OUTSIDE * max(size)
    inside = ((corners > -slack) & (corners < np.array(size) + slack)).all(axis=(1, 2))
    ahead = np.roll(corners, -1, axis=1) - corners
    lengths = np.linalg.norm(ahead, axis=2)
    turning = _cross(ahead, np.roll(ahead, -1, axis=1)) / np.maximum(lengths * np.roll(lengths, -1, axis=1), 1e-6)
    convex = (turning > 0.6).all(axis=1) | (turning < -0.6).all(axis=1)  # noqa: PLR2004 - corners of 37° to 143°
    even = (lengths.min(axis=1) > 0.22 * lengths.max(axis=1)) & (_area(corners) > _SMALLEST * size[0] * size[1])
    opposite = lengths / np.roll(lengths, 2, axis=1)
    return np.asarray(inside & convex & even & (opposite < 2.2).all(axis=1), bool)  # noqa: PLR2004 - by perspective


def _score(edges: Edges, sides: NDArray[np.intp], corners: Floats, count: int, *, lighter: bool) -> Floats:
    """Return how much of each outline is an edge of the right kind, less what goes on beyond its corners."""
    middle = corners.mean(axis=1)
    border = sides >= count
    lines = np.where(border, 0, sides)
    inward = (edges.normals[lines] * middle[:, None]).sum(axis=2) > edges.offsets[lines]
    rising = inward == lighter
    end = (edges.along[lines] * corners).sum(axis=2)
    begin = (edges.along[lines] * np.roll(corners, 1, axis=1)).sum(axis=2)
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    beyond = _BEYOND * (high - low)
    support = np.where(border, _BORDER_SUPPORT, _share(edges, lines, rising, low, high))
    overshoot = _share(edges, lines, rising, low - beyond, low) + _share(edges, lines, rising, high, high + beyond)
    overshoot = np.where(border, 0, overshoot / 2).mean(axis=1)
    weakest, mean = support.min(axis=1), support.mean(axis=1)
    real = np.where(border, 1, support).mean(axis=1)
    good = (
        (weakest > _WEAKEST)
        & (mean > _MEAN - 0.06 * border.sum(axis=1))
        & (real > np.where(border.any(axis=1), _REAL, _MEAN))
    )
    return np.asarray(np.where(good, 0.7 * mean + 0.3 * weakest - 0.35 * overshoot, -np.inf), np.float32)


def _share(edges: Edges, lines: NDArray[np.intp], rising: NDArray[np.bool_], low: Floats, high: Floats) -> Floats:
    """Return which part of a line between two places along it has its edge."""
    last = edges.rising.shape[1] - 1
    first = np.clip(np.rint((low - edges.begin[lines]) / edges.step[lines]), 0, last).astype(np.intp)
    end = np.clip(np.rint((high - edges.begin[lines]) / edges.step[lines]), 0, last).astype(np.intp)
    up = edges.rising[lines, end] - edges.rising[lines, first]
    down = edges.falling[lines, end] - edges.falling[lines, first]
    return np.asarray(np.where(rising, up, down) / np.maximum(end - first, 1), np.float32)


def _area(corners: Floats) -> Floats:
    return np.asarray(np.abs(_cross(corners, np.roll(corners, -1, axis=1)).sum(axis=1)) / 2, np.float32)


def _cross(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0], np.float32)


def _turns_left(corners: Floats) -> bool:
    return bool(_cross(corners, np.roll(corners, -1, axis=0)).sum() < 0)
