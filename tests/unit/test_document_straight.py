"""A page comes out as it was drawn: straight, evenly lit, in its tones, whatever way it was photographed."""

import cv2  # noqa: TID251 - compares pictures
import numpy as np
import pytest

from devices.camera.api import Pixels
from devices.document.api import Page, Paper, Tone, capture, load_image
from devices.document.errors import NotAnImage
from devices.document.straighten import black_and_white, even_light
from devices.virtual.page_scene import Light, Table, View
from devices.virtual.pages import Sheet, draw
from tests.page_scenes import seen

FINE = (1920, 1080)
OBLIQUE = View(turn=11, tilt=14, pan=-9, fill=0.9, table=Table.WOOD)


def taken(sheet: Sheet, view: View, tone: Tone = Tone.COLOUR, paper: Paper | None = None) -> Page:
    page = capture(seen(sheet, view, FINE).pixels, tone, paper).page
    assert page is not None
    return page


def likeness(page: Page, sheet: Sheet) -> float:
    """Return the correlation of a page with its drawing, both as coarse as the camera saw them."""
    size = (page.pixels.shape[1] // 2, page.pixels.shape[0] // 2)
    ours, drawn = (
        cv2.GaussianBlur(cv2.resize(grey(one), size, interpolation=cv2.INTER_AREA), (0, 0), 1.5).astype(np.float64)
        for one in (page.pixels, draw(sheet))
    )
    return float(np.corrcoef(ours.ravel(), drawn.ravel())[0, 1])


def grey(pixels: Pixels) -> Pixels:
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)


@pytest.mark.parametrize("tone", list(Tone))
@pytest.mark.parametrize("sheet", [Sheet.LETTER, Sheet.FORM])
def test_print_lands_where_it_was(sheet: Sheet, tone: Tone) -> None:
    """Every line is at its place to about a millimetre: a page shifted by two would be half as like its drawing."""
    page = taken(sheet, OBLIQUE, tone)
    assert (page.paper, page.dpi, page.tone) == (Paper.A4, 150, tone)
    assert page.pixels.shape[:2] == (1754, 1240)
    assert likeness(page, sheet) > 0.7
    shifted = Page(np.roll(page.pixels, 12, axis=0), page.dpi, page.seen_dpi, page.paper, page.tone)
    assert likeness(shifted, sheet) < 0.45


def test_cards_keep_their_ground_and_their_photograph() -> None:
    """What is blue on a card stays blue, and dark what is dark: only the slope of its light is taken out."""
    page = taken(Sheet.CARD, View(turn=-20, tilt=12, fill=0.9, light=Light.SLANT))
    assert (page.paper, page.dpi) == (Paper.CARD, 300)
    assert likeness(page, Sheet.CARD) > 0.93
    height, width = page.pixels.shape[:2]
    blue, _, red = page.pixels[: height // 12, width // 2 :].reshape(-1, 3).mean(axis=0)
    assert blue > red + 8
    photograph = grey(page.pixels)[int(0.75 * height) : int(0.85 * height), int(0.8 * width) : int(0.9 * width)]
    assert photograph.mean() < 190


@pytest.mark.parametrize("light", [Light.SHADOW, Light.SLANT, Light.DIM])
def test_shadow_is_gone_and_print_is_not(light: Light) -> None:
    """The paper is white all over, to a few levels, and print is dark, in light and shadow alike."""
    page = taken(Sheet.LETTER, View(turn=4, fill=0.95, light=light), Tone.GREY)
    rim = page.pixels[60:-60, 60:120]  # bare paper down the left side
    parts = [part.mean() for part in np.array_split(rim, 12)]
    assert min(parts) > 225
    assert max(parts) - min(parts) < 20
    assert np.percentile(page.pixels, 1) < 130


def test_black_and_white_is_nothing_else() -> None:
    """Two levels, paper white, and about as much ink as was drawn."""
    page = taken(Sheet.FORM, View(turn=4, fill=0.95, light=Light.SHADOW), Tone.BINARY)
    assert set(np.unique(page.pixels).tolist()) == {0, 255}
    ink, drawn = (float((grey(one) < 128).mean()) for one in (page.pixels, draw(Sheet.FORM)))
    assert 0.5 * drawn < ink < 3 * drawn


def test_light_of_blank_paper() -> None:
    """Blank pages, black ones and tiny ones give no error, and stay blank."""
    for level in (0, 128, 255):
        blank = np.full((300, 200, 3), level, np.uint8)
        assert even_light(blank).std() < 1
    assert set(np.unique(black_and_white(np.full((40, 30), 200, np.uint8))).tolist()) == {255}


def test_pages_can_be_turned() -> None:
    """Four quarters are a whole turn, and one puts the top at the right."""
    page = taken(Sheet.CARD, View())
    assert page.turned().pixels.shape[:2] == page.pixels.shape[1::-1]
    assert np.array_equal(page.turned().pixels[:, -1], page.pixels[0])
    assert np.array_equal(page.turned(4).pixels, page.pixels)


def test_the_density_that_was_seen_is_told() -> None:
    """Whoever stores a page can tell how much of its density is real."""
    near, far = (taken(Sheet.LETTER, View(fill=fill)) for fill in (0.95, 0.6))
    assert near.seen_dpi > far.seen_dpi
    assert near.seen_dpi == pytest.approx(1080 * 0.95 / (297 / 25.4), rel=0.03)


def test_a_page_tells_nothing_of_itself() -> None:
    """What is on a page is in no repr: reprs end in logs."""
    page = taken(Sheet.CARD, View())
    assert "array" not in repr(page)


def test_image_files() -> None:
    """A photograph from a file gives the same page; bytes that are none are refused."""
    scene = seen(Sheet.CARD, View(turn=5))
    _, png = cv2.imencode(".png", scene.pixels)
    assert np.array_equal(load_image(png.tobytes()), scene.pixels)
    for wrong in (b"", b"GIF89a", b"%PDF-1.7", b"\xff\xd8\xff" + bytes(50)):
        with pytest.raises(NotAnImage):
            load_image(wrong)
