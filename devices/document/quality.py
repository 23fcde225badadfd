"""What a camera's picture of a document is good for: the hint that the person in front of it needs, a closed union."""

from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from devices.camera.api import Pixels
from devices.document import judge
from devices.document.page import Found, find_sheet
from devices.document.paper import Paper, Shape, shape_of

_DARK = 60.0  # of 255: noise is then as strong as print
_FAR = 0.5  # of the frame
_GLARE = 0.004  # of the sheet
_BLUR_PX = 1.8  # standard deviation: print of 11 points on a 720p picture of A4 is lost
_BLUR_MM = 0.2  # on finer pictures, what blurs such print


@dataclass(frozen=True, slots=True)
class PageFound:
    """A whole sheet, well seen."""


@dataclass(frozen=True, slots=True)
class NoPage:
    """No sheet with four straight sides."""


@dataclass(frozen=True, slots=True)
class TooFar:
    """The sheet is whole but small. ``extent``: its part of the frame's width or height."""

    extent: float


@dataclass(frozen=True, slots=True)
class CutOff:
    """A part of the sheet lies outside of the frame, beyond these ``sides``: top, right, bottom, left."""

    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blurred:
    """Out of focus, or moving. ``width_px``: the standard deviation of the blur."""

    width_px: float


@dataclass(frozen=True, slots=True)
class Glare:
    """A lamp is mirrored. ``part``: of the sheet that is blown out."""

    part: float


@dataclass(frozen=True, slots=True)
class TooDark:
    """There is too little light. ``level``: of 255."""

    level: float


Quality = PageFound | NoPage | TooFar | CutOff | Blurred | Glare | TooDark


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A picture, judged. ``corners`` (4 × 2, pixels, clockwise from top left) and ``shape`` of a whole sheet."""

    quality: Quality
    corners: NDArray[np.float64] | None = None
    shape: Shape | None = None


def look(pixels: Pixels, paper: Paper | None = None) -> Sight:
    """Judge a picture (height × width × 3, BGR): some 50 ms at 1280 × 720. ``paper``: the size that is expected."""
    found = find_sheet(pixels)
    level = judge.lightness(pixels, None if found is None else found.corners)
    if found is None:
        return Sight(TooDark(level) if level < _DARK / 2 else NoPage())
    if found.cut:
        return Sight(CutOff(found.cut))
    frame = (pixels.shape[1], pixels.shape[0])
    shape = shape_of(found.corners, frame, paper)
    return Sight(_quality(pixels, found, shape, level), found.corners, shape)


def usable(quality: Quality) -> bool:
    """Tell whether a page may be kept for want of a better one: whole, and neither lost in the dark nor in blur."""
    match quality:
        case PageFound() | TooFar() | Glare():
            return True
        case NoPage() | CutOff() | Blurred() | TooDark():
            return False
        case unreachable:
            assert_never(unreachable)


def _quality(pixels: Pixels, found: Found, shape: Shape, level: float) -> Quality:
    if level < _DARK:
        return TooDark(level)
    extent = judge.extent(found.corners, (pixels.shape[1], pixels.shape[0]))
    if extent < _FAR:
        return TooFar(extent)
    width_px = judge.edge_width(pixels, found.corners)
    if width_px > max(_BLUR_PX, _BLUR_MM * shape.seen_dpi / 25.4):
        return Blurred(width_px)
    part = judge.glare(pixels, found.corners)
    return Glare(part) if part > _GLARE else PageFound()
