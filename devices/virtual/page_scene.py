"""What a camera sees of a document on a table: perspective, light, clutter, a hand, noise; with the true corners."""

from dataclasses import dataclass
from enum import Enum, auto

import cv2  # noqa: TID251 - draws for the far end of the real stack
import numpy as np
from numpy.typing import NDArray

from devices.camera.api import Pixels

Corners = NDArray[np.float64]
_FOCAL = 1.1  # in widths of the frame: a lens of about 49° across
_SKIN = (128, 158, 205)
_FINGERS = (0.45, 0.576)  # where along the side
_WITH_HAND = 0.3  # of all documents


class Table(Enum):
    """What the document lies on."""

    COUNTER = auto()  # grey, plain
    CLOTH = auto()  # dark blue, plain
    WOOD = auto()  # brown, with long straight grain
    CLUTTER = auto()  # pens, other papers' edges, a keyboard's stripes
    PALE = auto()  # nearly as white as paper


class Light(Enum):
    """How the table is lit."""

    EVEN = auto()
    SLANT = auto()  # a third darker at one end
    SHADOW = auto()  # somebody stands between lamp and table: a half shadow with a straight edge
    DIM = auto()
    SPOT = auto()  # a lamp mirrored by the document: a blown-out spot in its middle


@dataclass(frozen=True, slots=True)
class View:
    """How the camera stands to the document. Angles in degrees; ``fill``: the document's part of the frame's height.

    ``shift``: of the document's middle from the frame's, in frames (x, y). ``fingers``: two fingers over an edge.
    ``blur``: standard deviation in pixels; ``noise``: in levels of 255.
    """

    turn: float = 0.0
    tilt: float = 0.0
    pan: float = 0.0
    fill: float = 0.8
    shift: tuple[float, float] = (0.0, 0.0)
    table: Table = Table.COUNTER
    light: Light = Light.EVEN
    fingers: bool = False
    blur: float = 0.6
    noise: float = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A frame (height × width × 3, BGR) and the document's corners in it: top left, top right, bottom right, left."""

    pixels: Pixels
    corners: Corners


def lay(document: Pixels, view: View, rng: np.random.Generator, size: tuple[int, int] = (1280, 720)) -> Scene:
    """Return what a camera of ``size`` (width, height) sees of a document."""
    width, height = size
    corners = _project(document, view, size)
    matrix = cv2.getPerspectiveTransform(_outline(document), corners.astype(np.float32))
    scene = _table(view.table, size, rng).astype(np.float32)
    shrunk, matrix = _fine_enough(document, matrix, corners)
    mask = cv2.warpPerspective(np.ones(shrunk.shape[:2], np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    page = cv2.warpPerspective(
        shrunk, matrix, size, flags=cv2.INTER_AREA | cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    scene = scene * _contact_shadow(mask, height)[..., None]
    scene += (page.astype(np.float32) * 0.94 - scene) * mask[..., None]
    if view.fingers:
        _put_fingers(scene, corners, height)
    scene *= _light(view.light, size, rng)[..., None]
    if view.light is Light.SPOT:
        scene += _spot(corners.mean(axis=0), size)[..., None]
    if view.blur:
        scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), view.blur), np.float32)
    grain = rng.standard_normal((height, width), np.float32) * view.noise
    scene += np.stack([np.roll(grain, channel * 37, axis=1) for channel in range(3)], axis=-1)  # cheaper than three
    return Scene(np.clip(scene, 0, 255).astype(np.uint8), corners)


def random_view(rng: np.random.Generator) -> View:
    """Return one of the ways in which people put documents down: any table but the palest, most lights."""
    return View(
        turn=float(rng.uniform(-35, 35)),
        tilt=float(rng.uniform(-22, 22)),
        pan=float(rng.uniform(-18, 18)),
        fill=float(rng.uniform(0.6, 0.78)),
        shift=(float(rng.uniform(-0.06, 0.06)), float(rng.uniform(-0.03, 0.03))),
        table=list(Table)[rng.integers(4)],
        light=list(Light)[rng.integers(3)],
        fingers=bool(rng.random() < _WITH_HAND),
        blur=float(rng.uniform(0.4, 1.0)),
        noise=float(rng.uniform(1, 6)),
    )


def _outline(document: Pixels) -> NDArray[np.float32]:
    height, width = document.shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def _project(document: Pixels, view: View, size: tuple[int, int]) -> Corners:
    """Return the corners as a pinhole camera sees them, scaled so that the document fills ``fill`` of the height."""
    width, height = size
    flat = _outline(document).astype(np.float64)
    flat = np.column_stack([flat - flat.mean(axis=0), np.zeros(4)]) / max(document.shape[:2])
    turn, tilt, pan = np.radians([view.turn, view.tilt, view.pan])
    rotation = (
        np.array([[np.cos(pan), 0, np.sin(pan)], [0, 1, 0], [-np.sin(pan), 0, np.cos(pan)]])
        @ np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
        @ np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    )
    turned = flat @ rotation.T
    focal, middle = _FOCAL * width, np.array([width, height]) / 2
    near, far = 0.2, 50.0
    seen = turned[:, :2]
    for _ in range(50):  # the distance at which it is as large as wanted
        distance = (near + far) / 2
        seen = focal * turned[:, :2] / (turned[:, 2:] + distance)
        extent = np.ptp(seen, axis=0)
        fits = max(extent[1] / height, extent[0] / width) < view.fill
        near, far = (near, distance) if fits else (distance, far)
    return np.asarray(seen - (seen.max(axis=0) + seen.min(axis=0)) / 2 + middle + np.array(view.shift) * size)


def _fine_enough(
    document: Pixels, matrix: "cv2.typing.MatLike", corners: Corners
) -> tuple[Pixels, NDArray[np.float64]]:
    """Shrink a document to about the size at which it is seen, as a lens would: warping alone would alias."""
    seen = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).max()
    factor = min(1.0, 1.15 * seen / max(document.shape[:2]))
    size = (round(document.shape[1] * factor), round(document.shape[0] * factor))
    shrunk = np.asarray(cv2.resize(document, size, interpolation=cv2.INTER_AREA), np.uint8)
    back = np.diag([document.shape[1] / size[0], document.shape[0] / size[1], 1.0])
    return shrunk, np.asarray(matrix @ back, np.float64)


def _table(table: Table, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.uint8]:
    width, height = size
    plain = {Table.COUNTER: (120, 122, 124), Table.CLOTH: (74, 44, 30), Table.PALE: (206, 210, 212)}
    if table in plain:
        return np.full((height, width, 3), plain[table], np.uint8)
    if table is Table.WOOD:
        grain = cv2.GaussianBlur(rng.standard_normal((height, 1), np.float32), (1, 0), 0, None, 1.2) * 26
        streaks = cv2.GaussianBlur(rng.standard_normal((height, width), np.float32), (0, 0), 40, None, 1.5)
        boards = np.where((np.arange(height) // (height // 4)) % 2, 8, -8)[:, None]
        level = grain + boards + streaks * 60
        wood = np.array([62, 98, 142], np.float32) + level[..., None]
        return np.asarray(np.clip(wood, 0, 255), np.uint8)
    scene = np.full((height, width, 3), (98, 106, 112), np.uint8)
    for _ in range(16):
        begin, end = rng.integers((0, 0), size), rng.integers((0, 0), size)
        colour = tuple(int(level) for level in rng.integers(20, 235, 3))
        cv2.line(scene, begin.tolist(), end.tolist(), colour, int(rng.integers(3, 16)), cv2.LINE_AA)
    for _ in range(5):
        box = (
            rng.integers((0, 0), size).tolist(),
            rng.integers((60, 40), (260, 200)).tolist(),
            float(rng.uniform(0, 90)),
        )
        corners = cv2.boxPoints((tuple(box[0]), tuple(box[1]), box[2])).astype(np.int32)
        cv2.fillPoly(scene, [corners], tuple(int(level) for level in rng.integers(40, 225, 3)), cv2.LINE_AA)
    return scene


def _contact_shadow(mask: NDArray[np.float32], height: int) -> NDArray[np.float32]:
    """Return the little shadow that a sheet throws on what it lies on."""
    soft = cv2.GaussianBlur(mask, (0, 0), height / 180)
    return np.asarray(1 - 0.16 * np.roll(soft, (height // 240, height // 240), (0, 1)), np.float32)


def _put_fingers(scene: NDArray[np.float32], corners: Corners, height: int) -> None:
    """Lay two fingers over the document's right side."""
    begin, end = corners[1], corners[2]
    outward = np.array([end[1] - begin[1], begin[0] - end[0]]) / np.linalg.norm(end - begin)
    angle = float(np.degrees(np.arctan2(outward[1], outward[0])))
    for along in _FINGERS:
        tip = begin + (end - begin) * along
        middle = tip + outward * height * 0.05
        axes = (round(height * 0.13), round(height * 0.026))
        cv2.ellipse(scene, tuple(np.round(middle).astype(int).tolist()), axes, angle, 0, 360, _SKIN, -1, cv2.LINE_AA)


def _light(light: Light, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    width, height = size
    x, y = np.meshgrid(
        np.linspace(-0.5, 0.5, width, dtype=np.float32), np.linspace(-0.5, 0.5, height, dtype=np.float32)
    )
    angle = float(rng.uniform(0, 2 * np.pi))
    across = x * np.cos(angle) + y * np.sin(angle)
    match light:
        case Light.SLANT:
            return np.asarray(0.85 + 0.3 * across, np.float32)
        case Light.SHADOW:
            edge = 1 / (1 + np.exp(-(across - float(rng.uniform(-0.12, 0.12))) * 90))
            return np.asarray(0.58 + 0.42 * edge, np.float32)
        case Light.DIM:
            return np.full((height, width), 0.13, np.float32)
        case Light.EVEN | Light.SPOT:
            return np.ones((height, width), np.float32)


def _spot(middle: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    width, height = size
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    square = ((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (height * 0.06) ** 2
    return np.asarray(220 * np.exp(-square), np.float32)
