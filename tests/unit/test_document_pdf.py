"""Pages become one PDF of a bounded size that says nothing of anybody; a page can be taken again."""

import subprocess

import cv2  # noqa: TID251 - reads back what was written
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.camera.api import Pixels
from devices.document.api import Page, Pages, Paper, Tone, TooLarge, to_pdf
from devices.virtual.pages import Sheet, draw
from devices.virtual.people import ZHANG

ROOM_ONCE = 8192


def page(tone: Tone = Tone.COLOUR, sheet: Sheet = Sheet.LETTER, dpi: int = 150) -> Page:
    """Return a drawn page as if it had been captured."""
    pixels = draw(sheet, ppi=float(dpi))
    if tone is not Tone.COLOUR:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)
    if tone is Tone.BINARY:
        pixels = np.where(pixels > 128, np.uint8(255), np.uint8(0))
    return Page(pixels, dpi, dpi, Paper.CARD if sheet is Sheet.CARD else Paper.A4, tone)


def noise(height: int = 1754, width: int = 1240) -> Page:
    """Return what no coding makes small."""
    return Page(
        np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8), 150, 150, Paper.A4, Tone.COLOUR
    )


def ask(program: str, *arguments: str, pdf: bytes) -> str:
    return subprocess.run([program, *arguments], input=pdf, capture_output=True, check=True).stdout.decode("latin-1")


def seen_again(pdf: bytes, number: int, dpi: int) -> Pixels:
    done = subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-f", str(number), "-l", str(number), "-png", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    picture = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def test_pages_in_order_each_at_its_own_size() -> None:
    """Three pages, three tones: A4 and a card at their true sizes, and each looks as it was taken."""
    pages = (page(), page(Tone.GREY, Sheet.FORM), page(Tone.BINARY, Sheet.CARD, 300))
    pdf = to_pdf(pages)
    told = ask("pdfinfo", "-f", "1", "-l", "3", "-", pdf=pdf)
    sizes = [line.split(":")[1].split()[:3:2] for line in told.splitlines() if " size:" in line and "Page" in line]
    mm = [[round(float(side) / 72 * 25.4) for side in size] for size in sizes]
    assert mm == [[210, 297], [210, 297], [86, 54]]
    for number, one in enumerate(pages, 1):
        again = seen_again(pdf, number, one.dpi)
        ours = one.pixels if one.pixels.ndim == 3 else np.repeat(one.pixels[..., None], 3, axis=2)
        height, width = min(again.shape[0], ours.shape[0]), min(again.shape[1], ours.shape[1])
        difference = again[:height, :width].astype(float) - ours[:height, :width]
        assert np.abs(difference).mean() < 6


def test_nothing_of_anybody_is_in_the_file() -> None:
    """PDF/A-2b, without title, author, time or place: the same pages make the same octets, whenever and by whom."""
    pdf = to_pdf([page()])
    told = ask("pdfinfo", "-", pdf=pdf)
    assert "Title" not in told
    assert "Author" not in told
    assert "1970" in told
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert ZHANG.name.encode() not in pdf
    assert to_pdf([page()]) == pdf


@pytest.mark.parametrize("tone", list(Tone))
@pytest.mark.parametrize("budget", [500_000, 60_000])
def test_within_its_budget(tone: Tone, budget: int) -> None:
    """Quality is lowered until a page fits."""
    assert len(to_pdf([page(tone), page(tone, Sheet.FORM)], budget)) <= 2 * budget + ROOM_ONCE


def test_the_best_quality_that_fits() -> None:
    """A budget twice as large is used."""
    assert len(to_pdf([page()], 400_000)) > len(to_pdf([page()], 120_000)) > 60_000


@pytest.mark.parametrize("hopeless", [(noise(), 30_000), (page(), 9_000), (page(Tone.BINARY), 6_000)])
@pytest.mark.fault("document too large", code="document.too_large")
def test_what_cannot_fit_is_said(hopeless: tuple[Page, int]) -> None:
    """The page is named; what it says is not."""
    one, budget = hopeless
    with pytest.raises(TooLarge, match=r"^page 2 needs \d+ bytes or more, \d+ are allowed$"):
        to_pdf([page(Tone.BINARY, Sheet.CARD), one], budget)


def test_no_pages() -> None:
    """There is no empty document."""
    with pytest.raises(ValueError, match="page"):
        to_pdf([])


def test_taken_again() -> None:
    """Page two is taken again, page one taken away; what there was before stays as it was."""
    one, two, three, again = page(), page(Tone.GREY), page(Tone.BINARY), page(sheet=Sheet.FORM)
    before = Pages().added(one).added(two).added(three)
    after = before.retaken(2, again)
    assert [*after.pages] == [one, again, three]
    assert [*before.pages] == [one, two, three]
    assert [*after.without(1).pages] == [again, three]
    assert len(after.without(1)) == 2
    for number in (0, 4, -1):
        with pytest.raises(IndexError):
            before.retaken(number, again)
        with pytest.raises(IndexError):
            before.without(number)


@settings(max_examples=15)
@given(
    st.integers(1, 400),
    st.integers(1, 400),
    st.sampled_from(list(Tone)),
    st.integers(72, 300),
    st.integers(0, 2**32 - 1),
)
def test_any_page_fits_or_is_refused(height: int, width: int, tone: Tone, dpi: int, seed: int) -> None:
    """Whatever the size: a PDF within the budget, or TooLarge."""
    shape = (height, width, 3) if tone is Tone.COLOUR else (height, width)
    pixels = np.random.default_rng(seed).integers(0, 2, shape, np.uint8) * np.uint8(255)
    try:
        pdf = to_pdf([Page(pixels, dpi, dpi, Paper.OTHER, tone)], 30_000)
    except TooLarge:
        return
    assert pdf.startswith(b"%PDF-1.7")
    assert len(pdf) <= 30_000 + ROOM_ONCE
