"""The characters of an MRZ as shapes: where each stands, and which are fillers; they need no OCR to be told."""

from dataclasses import dataclass
from itertools import pairwise

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np
from numpy.typing import NDArray

from devices.camera.api import Pixels

_GRID = (16, 24)  # width and height that shapes are compared at
_ALIKE = 0.7  # correlation with a drawn chevron; on drawn zones seen by a camera: fillers from 0.83, K up to 0.54
_STROKE = 0.36  # of a filler's width, at the size at which it is compared
_SLIMMEST, _WIDEST = 0.4, 1.3  # width by height of a filler, with slack for perspective
_FEWEST = 8  # characters of a line
_MARGIN = 2  # pixels around a character


@dataclass(frozen=True, slots=True)
class Glyph:
    """One shape. ``x``, ``y``: of its middle; ``points``: "<" or ">" for a chevron, else empty."""

    x: float
    y: float
    height: float
    box: tuple[int, int, int, int]
    points: str


@dataclass(frozen=True, slots=True)
class Zone:
    """Lines of glyphs, from top to bottom and left to right."""

    lines: tuple[tuple[Glyph, ...], ...]

    @property
    def upside_down(self) -> bool:
        """Whether more fillers point right than left: the zone stands on its head."""
        points = [glyph.points for line in self.lines for glyph in line]
        return points.count(">") > points.count("<")


def zone_of(binary: Pixels) -> Zone:
    """Return the lines of glyphs in a black and white picture (height × width) of a zone."""
    glyphs = _glyphs(binary)
    if not glyphs:
        return Zone(())
    tall = float(np.median([glyph.height for glyph in glyphs]))
    glyphs = [glyph for glyph in glyphs if 0.55 * tall < glyph.height < 1.6 * tall]
    slope = _slope(glyphs, tall)
    lines: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda one: one.y - slope * one.x):
        level = glyph.y - slope * glyph.x
        if lines and level - np.mean([other.y - slope * other.x for other in lines[-1]]) < 0.6 * tall:
            lines[-1].append(glyph)
        else:
            lines.append([glyph])
    ordered = (tuple(sorted(line, key=lambda one: one.x)) for line in lines if len(line) >= _FEWEST)
    return Zone(tuple(ordered))


def laid_out(grey: Pixels, zone: Zone) -> Pixels:
    """Return a picture with everything but the fillers, each line's characters side by side and level.

    Cut out of ``grey`` (height × width): no gaps and no specks, over which engines stumble.
    """
    glyphs = [glyph for line in zone.lines for glyph in line]
    tall = round(np.median([glyph.height for glyph in glyphs]))
    gaps = [after.x - before.x for line in zone.lines for before, after in pairwise(line)]
    pitch = max(round(np.median(gaps)), tall // 2)
    most = max(len(line) for line in zone.lines)
    paper = int(np.percentile(grey, 80))
    picture = np.full((2 * tall * len(zone.lines) + tall, pitch * (most + 2)), paper, np.uint8)
    for row, line in enumerate(zone.lines):
        for place, glyph in enumerate(one for one in line if not one.points):
            left, top, width, height = glyph.box
            part = grey[max(0, top - _MARGIN) : top + height + _MARGIN, max(0, left - _MARGIN) : left + width + _MARGIN]
            y = (2 * row + 1) * tall + (tall - part.shape[0]) // 2
            x = pitch * (place + 1) + (pitch - part.shape[1]) // 2
            y, x = max(y, 0), max(x, 0)
            fits = picture[y : y + part.shape[0], x : x + part.shape[1]]
            fits[:] = part[: fits.shape[0], : fits.shape[1]]
    return picture


def woven(zone: Zone, read: list[str]) -> list[str] | None:
    """Return the zone's lines: fillers where their shapes are, between them what was read, or None.

    ``read``: one text a line, without fillers. A line in which OCR counted other characters than there are is lost,
    and so is the zone: a character set in the wrong place would be worse than none.
    """
    texts = ["".join(text.split()) for text in read]
    if len(texts) != len(zone.lines):
        return None
    lines = []
    for line, text in zip(zone.lines, texts, strict=True):
        if sum(not glyph.points for glyph in line) != len(text):
            return None
        characters = iter(text)
        lines.append("".join("<" if glyph.points else next(characters) for glyph in line))
    return lines


def _glyphs(binary: Pixels) -> list[Glyph]:
    dark = (binary == 0).astype(np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    found = []
    for label in range(1, count):
        left, top, width, height, area = (int(value) for value in boxes[label])
        if area < 12 or height < 8 or width > 2 * height or height > 8 * width:  # noqa: PLR2004 - specks, rules
            continue
        part = labels[top : top + height, left : left + width] == label
        if left == 0 or left + width == binary.shape[1]:
            continue
        middle = (left + width / 2, top + height / 2)
        found.append(Glyph(*middle, height, (left, top, width, height), _points(part)))
    return found


def _points(part: NDArray[np.bool_]) -> str:
    """Return which way a chevron points, or nothing for any other shape."""
    height, width = part.shape
    if not _SLIMMEST < width / height < _WIDEST:
        return ""
    shape = _normal(cv2.resize(part.astype(np.float32), _GRID, interpolation=cv2.INTER_AREA))
    if float((shape * _CHEVRON).sum()) > _ALIKE:
        return "<"
    return ">" if float((shape * _CHEVRON[:, ::-1]).sum()) > _ALIKE else ""


def _normal(levels: "cv2.typing.MatLike") -> NDArray[np.float32]:
    """Return levels around 0, such that the sum of products of two is their correlation."""
    spread = levels - levels.mean()
    return np.asarray(spread / max(float(np.linalg.norm(spread)), 1e-6), np.float32)


def _drawn_chevron() -> NDArray[np.float32]:
    """Return OCR-B's filler as two strokes that fill their box, as ISO 1073-2 has it."""
    width, height = (8 * side for side in _GRID)
    picture = np.zeros((height, width), np.float32)
    thick = round(_STROKE * width)
    for end in (thick // 2, height - thick // 2):
        cv2.line(picture, (width - thick // 2, end), (thick // 2, height // 2), 1.0, thick)
    return _normal(cv2.GaussianBlur(cv2.resize(picture, _GRID, interpolation=cv2.INTER_AREA), (0, 0), 1.0))


def _slope(glyphs: list[Glyph], tall: float) -> float:
    """Return how much a line falls on its way right: of neighbours on one line, the middle value."""
    places = np.array([(glyph.x, glyph.y) for glyph in glyphs])
    gaps = places[None] - places[:, None]
    beside = (gaps[..., 0] > tall) & (gaps[..., 0] < 8 * tall) & (np.abs(gaps[..., 1]) < 0.5 * tall)
    return float(np.median(gaps[..., 1][beside] / gaps[..., 0][beside])) if beside.any() else 0.0


_CHEVRON = _drawn_chevron()
