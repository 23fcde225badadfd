"""The hint for the person in front of the camera: each cause by itself gives its own."""

import numpy as np
import pytest

from devices.document.api import (
    Blurred,
    CutOff,
    Glare,
    NoPage,
    PageFound,
    Quality,
    TooDark,
    TooFar,
    capture,
    look,
    usable,
)
from devices.document.judge import edge_width
from devices.virtual.page_scene import Light, Table, View
from devices.virtual.pages import Sheet
from tests.page_scenes import seen

HINTS: list[tuple[View, type[Quality]]] = [
    (View(turn=6, tilt=8), PageFound),
    (View(light=Light.SLANT, table=Table.WOOD), PageFound),
    (View(shift=(2.0, 0.0)), NoPage),
    (View(fill=0.35), TooFar),
    (View(shift=(0.0, 0.3)), CutOff),
    (View(blur=3.5), Blurred),
    (View(light=Light.SPOT), Glare),
    (View(light=Light.DIM), TooDark),
]


@pytest.mark.parametrize(("view", "hint"), HINTS, ids=lambda one: one.__name__ if isinstance(one, type) else "")
def test_hints(view: View, hint: type[Quality]) -> None:
    """What is wrong with the picture is what is said."""
    assert type(look(seen(Sheet.LETTER, view).pixels).quality) is hint


def test_darkness_without_a_page() -> None:
    """In a dark room the light is at fault, not the page that nobody can see."""
    assert isinstance(look(np.full((720, 1280, 3), 9, np.uint8)).quality, TooDark)


@pytest.mark.parametrize(("blur", "noise"), [(1.0, 2.0), (2.0, 8.0), (3.0, 8.0)])
def test_blur_is_measured_in_pixels(blur: float, noise: float) -> None:
    """The width of edges is the blur's, whatever the print, the contrast and the noise."""
    for sheet in (Sheet.LETTER, Sheet.PASSPORT):
        scene = seen(sheet, View(blur=blur, noise=noise))
        assert edge_width(scene.pixels, scene.corners) == pytest.approx(blur, abs=0.45)


def test_only_what_is_whole_and_readable_is_usable() -> None:
    """A page is given with its hint; whether it may be kept is told for each hint."""
    for view, hint in HINTS:
        captured = capture(seen(Sheet.CARD, view).pixels)
        assert type(captured.quality) is hint
        assert (captured.page is None) == (hint in {NoPage, CutOff})
        assert usable(captured.quality) == (hint in {PageFound, TooFar, Glare})
