"""The four straight edges that are most likely a sheet's outline; pure geometry on edges found before."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from devices.document.edges import Edges, Floats, borders

_OPPOSITE = np.cos(np.radians(32))  # opposite sides are seen at most so far from parallel
_CROSSING = np.cos(np.radians(50))  # neighbouring sides at least so far apart
_SMALLEST = 0.03  # of the frame
_OUTSIDE = 0.012  # of the frame's longer side: a corner may lie so far outside
_BORDER_SUPPORT = 0.55
_BEYOND = 0.12  # of a side, looked at beyond its corners, where a sheet's edge has ended
_ROOM = 0.006  # of the frame's longer side, below which there is nothing to see beyond a corner
_GOES_ON = 0.85  # of the way beyond two corners
_FLAT = 1e-6
_BEYOND_LEAST = 0.05  # of the frame's longer side
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


class _Way(NamedTuple):
    """From where, in which direction (unit vectors), how far at most, in a frame of which size."""

    corners: Floats
    ahead: Floats
    length: Floats
    size: tuple[int, int]


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
    scored = [_score(edges, sides, corners, size, lighter=lighter) for lighter in (True, False)]
    scores = np.stack([scores + 0.35 * np.sqrt(area) for scores in scored])
    lighter, best = np.unravel_index(int(np.argmax(scores)), scores.shape)
    if not np.isfinite(scores[lighter, best]):
        return None
    found, cut = corners[best], sides[best] >= count
    if _turns_left(found):
        found, cut = found[::-1], np.roll(cut[::-1], 1)
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


def _score(
    edges: Edges, sides: NDArray[np.intp], corners: Floats, size: tuple[int, int], *, lighter: bool
) -> NDArray[np.float32]:
    """Return how much of each outline is an edge of the right kind, less what goes on beyond its corners."""
    border = sides >= len(edges.normals)
    lines = np.where(border, 0, sides)
    inward = (edges.normals[lines] * corners.mean(axis=1)[:, None]).sum(axis=2) > edges.offsets[lines]
    rising = inward == lighter
    before = np.roll(corners, 1, axis=1)
    end = (edges.along[lines] * corners).sum(axis=2)
    begin = (edges.along[lines] * before).sum(axis=2)
    support = np.where(border, _BORDER_SUPPORT, _share(edges, lines, rising, begin, end))
    ahead = edges.along[lines] * np.sign(end - begin)[..., None]
    length = np.maximum(_BEYOND * np.abs(end - begin), _BEYOND_LEAST * max(size))
    past_end, past_begin = (
        np.where(border, 0, _past(edges, lines, rising, _Way(at, way, length, size)))
        for at, way in ((corners, ahead), (before, -ahead))
    )
    # Two sides that both go on past the one between them: the sheet goes on, and that one is a line of print on it.
    goes_on = np.minimum(np.roll(past_end, 1, axis=1), np.roll(past_begin, -1, axis=1)).max(axis=1) > _GOES_ON
    weakest, mean = support.min(axis=1), support.mean(axis=1)
    real = np.where(border, 1, support).mean(axis=1)
    wanted = np.where(border.any(axis=1), _REAL, _MEAN)
    good = (weakest > _WEAKEST) & (mean > _MEAN - 0.06 * border.sum(axis=1)) & (real > wanted) & ~goes_on
    overshoot = (past_end + past_begin).mean(axis=1) / 2
    return np.asarray(np.where(good, 0.7 * mean + 0.3 * weakest - 0.35 * overshoot, -np.inf), np.float32)


def _past(edges: Edges, lines: NDArray[np.intp], rising: NDArray[np.bool_], way: _Way) -> Floats:
    """Return which part of the way on from a corner, as far as the frame goes, has an edge; 0 where there is no way."""
    corners, ahead, length, size = way
    slow = np.where(np.abs(ahead) < _FLAT, _FLAT, ahead)
    room = np.where(ahead > 0, np.array(size) - 1 - corners, -corners) / slow
    length = np.minimum(length, room.min(axis=2))
    here = (edges.along[lines] * corners).sum(axis=2)
    there = here + length * (edges.along[lines] * ahead).sum(axis=2)
    return np.asarray(np.where(length > _ROOM * max(size), _share(edges, lines, rising, here, there), 0), np.float32)


def _share(edges: Edges, lines: NDArray[np.intp], rising: NDArray[np.bool_], one: Floats, other: Floats) -> Floats:
    """Return which part of a line between two places along it has its edge."""
    low, high = np.minimum(one, other), np.maximum(one, other)
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
