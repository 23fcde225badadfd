"""Documents from pictures, as plain functions: a page out of a picture, pages to a PDF, an MRZ out of a picture."""

from dataclasses import dataclass
from datetime import date

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np

from devices.camera.api import Pixels
from devices.document.errors import DocumentError, NotAnImage, ReadingFailed, TooLarge
from devices.document.mrz_reading import ZoneRead, look_for_mrz
from devices.document.pages import Page, Pages
from devices.document.paper import Paper
from devices.document.pdf import BUDGET_BYTES, to_pdf
from devices.document.quality import (
    Blurred,
    CutOff,
    Glare,
    NoPage,
    PageFound,
    Quality,
    Sight,
    TooDark,
    TooFar,
    look,
    usable,
)
from devices.document.straighten import Tone, even_light, even_slope, in_tone, straighten
from devices.document.tesseract import Tesseract
from devices.mrz import Mrz

__all__ = [
    "BUDGET_BYTES",
    "Blurred",
    "Capture",
    "CutOff",
    "DocumentError",
    "Glare",
    "NoPage",
    "NotAnImage",
    "Page",
    "PageFound",
    "Pages",
    "Paper",
    "Quality",
    "ReadingFailed",
    "Sight",
    "Tone",
    "TooDark",
    "TooFar",
    "TooLarge",
    "capture",
    "load_image",
    "look",
    "page_of",
    "read_mrz",
    "to_pdf",
    "usable",
]


@dataclass(frozen=True, slots=True)
class Capture:
    """A picture's page. ``page`` is None where no whole sheet is seen; ``quality`` says why, or how good it is.

    A blurred or dark page is given all the same: whether it is kept is the caller's choice (see :func:`usable`).
    """

    quality: Quality
    page: Page | None


def capture(pixels: Pixels, tone: Tone = Tone.COLOUR, paper: Paper | None = None) -> Capture:
    """Return the page that a picture (height × width × 3, BGR, 8 bits) shows: straight, evenly lit, in its true ratio.

    Densities are 150 to 200 dpi for A4, up to 300 for cards; never is detail invented: ``page.seen_dpi`` tells what the
    camera saw. ``paper``: the size it is known to have; else it is told from its ratio (A passport's page has A4's).
    Upright is what the camera sees as nearly upright: :meth:`Page.turned` turns it further.
    """
    sight = look(pixels, paper)
    return Capture(sight.quality, page_of(pixels, sight, tone))


def page_of(pixels: Pixels, sight: Sight, tone: Tone = Tone.COLOUR) -> Page | None:
    """Return the page of a picture that was looked at before, or None where no whole sheet was seen."""
    if sight.corners is None or sight.shape is None:
        return None
    shape = sight.shape
    straight = straighten(pixels, sight.corners, shape)
    card = shape.paper in {Paper.CARD, Paper.PASSPORT_PAGE}
    lit = even_slope(straight) if card else even_light(straight)
    return Page(in_tone(lit, tone), shape.dpi, shape.seen_dpi, shape.paper, tone)


def read_mrz(pixels: Pixels, today: date, tesseract: Tesseract | None = None) -> Mrz | None:
    """Return the MRZ that a picture (height × width × 3, BGR) shows, every check digit right; or None.

    Raises :class:`ReadingFailed` where the program that reads is missing, fails, or takes too long. One picture's names
    are not proven by anything: :class:`devices.document.mrz_camera.MrzCamera` wants two that agree.
    """
    sight = look_for_mrz(pixels, today, tesseract or Tesseract())
    return sight.mrz if isinstance(sight, ZoneRead) else None


def load_image(data: bytes) -> Pixels:
    """Return the picture in a file's bytes (JPEG, PNG, TIFF, …) as height × width × 3, BGR; turned as its EXIF says.

    Raises :class:`NotAnImage`.
    """
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise NotAnImage(f"OpenCV error {error.code}") from error
    if pixels is None:
        raise NotAnImage("no picture in these bytes")
    return np.asarray(pixels, np.uint8)
