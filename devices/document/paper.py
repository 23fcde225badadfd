"""How large a sheet is in truth, told from how its corners are seen."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

_FOCAL = 1.0  # in the frame's longer side: a usual lens, for sheets seen so straight that they do not tell
_FOCALS = (0.7, 1.6)  # what lenses of such cameras have; anything beyond is an error of measurement
_ALIKE = 0.06
_MM_AN_INCH = 25.4


class Paper(Enum):
    """The sizes that documents have: longer and shorter side in millimetres, and the densest sensible picture (dpi)."""

    A4 = (297.0, 210.0, 200)  # ISO 216
    CARD = (85.60, 53.98, 300)  # ISO/IEC 7810 ID-1
    PASSPORT_PAGE = (125.0, 88.0, 300)  # ISO/IEC 7810 ID-3
    OTHER = (297.0, 0.0, 200)  # as long as A4 is as good a guess as any; its sides' ratio is what was seen

    @property
    def ratio(self) -> float:
        """Longer side by shorter."""
        return self.value[0] / self.value[1]


_GUESSED = (Paper.A4, Paper.CARD)  # a passport's page has the ratio of A4: only who asked for it can know
_LEAST_DPI = 150


@dataclass(frozen=True, slots=True)
class Shape:
    """A sheet's size. ``width``, ``height``: pixels of the straightened picture, ``dpi`` its density.

    ``seen_dpi``: how many pixels an inch the camera really saw along the longer side.
    """

    paper: Paper
    width: int
    height: int
    dpi: int
    seen_dpi: int


def shape_of(corners: NDArray[np.float64], frame: tuple[int, int], paper: Paper | None = None) -> Shape:
    """Return the size of the sheet whose corners (4 × 2, clockwise from top left) a frame (width, height) shows.

    ``paper``: what it is known to be; else A4 or a card where the ratio fits within 6 %, :attr:`Paper.OTHER` where not.
    """
    ratio = _width_by_height(corners, frame)
    long_by_short = max(ratio, 1 / ratio)
    if paper is None:
        paper = min(_GUESSED, key=lambda one: abs(np.log(long_by_short / one.ratio)))
        if abs(np.log(long_by_short / paper.ratio)) > _ALIKE:
            paper = Paper.OTHER
    if paper is not Paper.OTHER:
        long_by_short = paper.ratio
    lengths = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    across, down = (lengths[1] + lengths[3]) / 2, (lengths[0] + lengths[2]) / 2
    longest_mm, _, densest = paper.value
    seen = (across if ratio >= 1 else down) * _MM_AN_INCH / longest_mm
    dpi = round(min(max(seen, _LEAST_DPI), densest))
    longer = round(longest_mm / _MM_AN_INCH * dpi)
    shorter = round(longer / long_by_short)
    width, height = (longer, shorter) if ratio >= 1 else (shorter, longer)
    return Shape(paper, width, height, dpi, round(seen))


def _width_by_height(corners: NDArray[np.float64], frame: tuple[int, int]) -> float:
    """Return the true ratio of a rectangle seen by a pinhole camera with square pixels and its axis in the middle.

    After Zhang and He, "Whiteboard scanning and image enhancement" (2006), section 3: the vanishing points give the
    focal length, that the sides' lengths. From memory of the paper; tested on scenes drawn by another model.
    """
    longer = max(frame)
    flat = (corners - np.array(frame) / 2) / longer
    top_left, top_right, bottom_right, bottom_left = np.column_stack([flat, np.ones(4)])
    third = float(np.cross(top_left, bottom_right) @ bottom_left / (np.cross(top_right, bottom_right) @ bottom_left))
    other = float(np.cross(top_left, bottom_right) @ top_right / (np.cross(bottom_left, bottom_right) @ top_right))
    across, down = third * top_right - top_left, other * bottom_left - top_left
    depth = across[2] * down[2]
    focal = _FOCAL
    if abs(depth) > 1e-6:  # noqa: PLR2004 - else opposite sides are parallel: seen from straight above
        square = -(across[0] * down[0] + across[1] * down[1]) / depth
        focal = float(np.clip(np.sqrt(max(square, 0.0)), *_FOCALS))
    lengths = [float(np.hypot(np.hypot(side[0], side[1]) / focal, side[2])) for side in (across, down)]
    return lengths[0] / lengths[1]
