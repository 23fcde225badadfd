"""Finds the machine readable zone in a picture: two or three dense lines across, cut out, level and evenly lit."""

from collections.abc import Iterator

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np

from devices.camera.api import Pixels
from devices.document.page import find_sheet
from devices.document.paper import Paper, Shape, shape_of
from devices.document.straighten import even_light, straighten

_WIDTH = 1200  # pixels a document's longer side is brought to: 24 a character of a passport, 35 of a card
_SMALL = 600  # pixels of width on which zones are looked for
_LONGEST_TURN = 20.0  # degrees that a zone may be off level
_BETWEEN_LINES = (19, 31, 47)  # pixels closed between them: on a passport's page, on a card, on a card held near
_MOST = 3  # zones tried in one picture


def zones_in(pixels: Pixels) -> Iterator[Pixels]:
    """Yield what may be a zone, the likeliest first: grey pictures, height × width, level, white where paper is.

    ``pixels``: height × width × 3, BGR. On a straightened sheet first, where one is found, then in the picture itself.
    """
    sheet = _sheet(pixels)
    if sheet is not None:
        yield from _zones(sheet, across=True)
    scale = _WIDTH / pixels.shape[1]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    yield from _zones(np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=method), np.uint8))


def _sheet(pixels: Pixels) -> Pixels | None:
    """Return the sheet in a picture, straight, its longer side level: zones run along it."""
    found = find_sheet(pixels)
    if found is None or found.cut:
        return None
    seen = shape_of(found.corners, (pixels.shape[1], pixels.shape[0]))
    scale = _WIDTH / max(seen.width, seen.height)
    size = (round(seen.width * scale), round(seen.height * scale))
    straight = straighten(pixels, found.corners, Shape(Paper.OTHER, *size, seen.dpi, seen.seen_dpi))
    return straight if size[0] >= size[1] else np.ascontiguousarray(np.rot90(straight))


def _zones(picture: Pixels, *, across: bool = False) -> Iterator[Pixels]:
    """Yield the parts of a picture that are dense with print over a long and low area, the longest first.

    ``across``: the picture is a sheet, and each part is as wide as it, whatever shadow hides its end.
    """
    scale = _SMALL / picture.shape[1]
    grey = cv2.cvtColor(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, cv2.getStructuringElement(cv2.MORPH_RECT, (17, 9)))
    strokes = np.abs(cv2.Sobel(dark, cv2.CV_32F, 1, 0))
    level = cv2.normalize(strokes, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    dense = cv2.morphologyEx(level, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (21, 5)))
    _, mask = cv2.threshold(dense, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    for between in _BETWEEN_LINES:
        joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (9, between)))
        joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (15, 9)))
        outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        boxes = [box for box in map(_box, outlines) if _like_a_zone(*box)]
        for box in sorted(boxes, key=lambda box: -box[1][0])[:_MOST]:
            yield _part(picture, box, scale, across=across)


def _part(picture: Pixels, box: "_Box", scale: float, *, across: bool) -> Pixels:
    """Return the part of a picture that a box on the small copy marks, with a margin."""
    middle, (width, height), turn = box
    place, size = np.array(middle), np.array([width + 24, height + 16])
    if across:
        to_middle = _SMALL / 2 - middle[0]
        place += np.array([to_middle, to_middle * np.tan(np.radians(turn))])
        size[0] = _SMALL
    return _cut_out(picture, place / scale, size / scale, turn)


_Box = tuple[tuple[float, float], tuple[float, float], float]


def _box(outline: "cv2.typing.MatLike") -> _Box:
    """Return middle, width, height and angle of an area, the longer side as width."""
    middle, (width, height), turn = cv2.minAreaRect(outline)
    if width < height:
        width, height, turn = height, width, turn - 90
    return (middle[0], middle[1]), (width, height), (turn + 90) % 180 - 90


def _like_a_zone(_: tuple[float, float], size: tuple[float, float], turn: float) -> bool:
    width, height = size
    return width > 0.3 * _SMALL and 2.6 < width / max(height, 1) < 30 and abs(turn) < _LONGEST_TURN  # noqa: PLR2004


def _cut_out(picture: Pixels, middle: "cv2.typing.MatLike", size: "cv2.typing.MatLike", turn: float) -> Pixels:
    width, height = (round(float(side)) for side in size)
    matrix = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), turn, 1.0)
    matrix[:, 2] += np.array([width, height]) / 2 - middle
    part = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(even_light(np.asarray(part, np.uint8)), cv2.COLOR_BGR2GRAY), np.uint8)
