"""Finds the sheet in a picture: edges on a small copy, the likeliest outline, exact corners on the full picture."""

from dataclasses import dataclass

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np
from numpy.typing import NDArray

from devices.camera.api import Pixels
from devices.document.edges import WORKING_SIDE, straight_edges
from devices.document.outline import Outline, cut_outline, whole_outline
from devices.document.refine import refine

_LOOKS = ((7, False), (0, False), (7, True))  # print and grain painted over (pixels); as it is; contrast raised
_RAISED = 3.5  # times
_PAPER = 1.25  # times as light as what it lies on
_LARGER = 1.4  # times
_SIDES = ("top", "right", "bottom", "left")
_REACH = 6.0  # pixels of the small picture


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A sheet. ``corners``: 4 × 2, in pixels, clockwise from the one nearest the picture's top left.

    ``lighter``: than what it lies on. ``cut``: the sides (top, right, bottom, left) at which the frame ends too early;
    then the corners there are not the sheet's.
    """

    corners: NDArray[np.float64]
    lighter: bool
    cut: tuple[str, ...]


def find_sheet(pixels: Pixels) -> Found | None:
    """Return the sheet in a picture (height × width × 3, BGR), or None."""
    height, width = pixels.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    size = (round(width * scale), round(height * scale))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    outline = _outline(small, size)
    if outline is None:
        return None
    corners = (outline.corners + 0.5) / scale - 0.5
    if outline.cut:
        return Found(
            corners, outline.lighter, tuple(sorted({_side_of(corners, side, (width, height)) for side in outline.cut}))
        )
    corners = refine(pixels, corners, reach=_REACH / scale)
    return Found(_from_top_left(corners), outline.lighter, ())


def _outline(small: Pixels, size: tuple[int, int]) -> Outline | None:
    dark: Outline | None = None
    cut: Outline | None = None
    for thin, raised in _LOOKS:
        edges = straight_edges(_raise_contrast(small) if raised else small, thin=thin)
        if edges is None:
            continue
        whole = whole_outline(edges, size)
        if whole is not None and whole.lighter:
            return whole
        dark = dark or whole
        cut = cut or _standing_out(small, cut_outline(edges, size))
    if dark is None or cut is None:
        return dark or cut
    # What is darker than its surroundings may be a photograph on a sheet that is cut off.
    return cut if cut.area > _LARGER * dark.area else dark


def _standing_out(small: Pixels, outline: Outline | None) -> Outline | None:
    """Return an outline whose inside is much lighter than the rest: paper, not a board of the table."""
    if outline is None:
        return None
    mask = np.zeros(small.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(outline.corners).astype(np.int32)], 255)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    inside, outside = cv2.mean(grey, mask)[0], cv2.mean(grey, cv2.bitwise_not(mask))[0]
    return outline if inside > _PAPER * outside else None


def _raise_contrast(small: Pixels) -> Pixels:
    """Return a picture in which pale paper stands out from a pale table: levels spread around the commonest."""
    calm = np.asarray(cv2.medianBlur(small, 5), np.float32)
    return np.clip((calm - np.median(calm, axis=(0, 1))) * _RAISED + 128, 0, 255).astype(np.uint8)


def _from_top_left(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Begin with the corner that is nearest the top left, so that what lies nearly upright comes out upright."""
    return np.roll(corners, -int(np.argmin(corners.sum(axis=1))), axis=0)


def _side_of(corners: NDArray[np.float64], side: int, size: tuple[int, int]) -> str:
    """Return which border of the frame an outline's side is; side n ends at corner n."""
    middle = (corners[side] + corners[side - 1]) / 2
    nearest = np.abs([middle[1], size[0] - 1 - middle[0], size[1] - 1 - middle[1], middle[0]])
    return _SIDES[int(nearest.argmin())]
