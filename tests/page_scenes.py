"""Drawn scenes of documents with known corners, for tests and benchmarks: the same number gives the same scene."""

from functools import cache
from typing import NamedTuple

import numpy as np

from devices.virtual.page_scene import Scene, View, lay, random_view
from devices.virtual.pages import Sheet, draw

SHEETS = (Sheet.LETTER, Sheet.FORM, Sheet.CARD, Sheet.PASSPORT)
EMPTY = np.full((80, 120, 3), 128, np.uint8)


class Drawn(NamedTuple):
    """A scene, and what lies in it how."""

    sheet: Sheet
    view: View
    scene: Scene


@cache
def drawn(number: int) -> Drawn:
    """Return one scene of any sheet in any of the usual ways to lay it down."""
    rng = np.random.default_rng(10_000 + number)
    sheet = SHEETS[number % len(SHEETS)]
    view = random_view(rng)
    return Drawn(sheet, view, lay(draw(sheet), view, rng))


def seen(sheet: Sheet, view: View, size: tuple[int, int] = (1280, 720), *, seed: int = 1) -> Scene:
    """Return a scene of one view."""
    return lay(draw(sheet), view, np.random.default_rng(seed), size)


def corner_error(found: "np.typing.NDArray[np.float64]", scene: Scene) -> float:
    """Return how far the worst corner is off, in parts of the sheet's diagonal; whichever corner comes first."""
    diagonal = np.linalg.norm(scene.corners[0] - scene.corners[2])
    turns = (np.roll(found, turn, axis=0) for turn in range(4))
    return float(min(np.linalg.norm(turn - scene.corners, axis=1).max() for turn in turns) / diagonal)
