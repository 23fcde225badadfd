"""Documents from pictures, as plain functions: a page out of a picture, pages to a PDF, an MRZ out of a picture."""

from dataclasses import dataclass

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np

from devices.camera.api import Pixels
from devices.document.errors import DocumentError, NotAnImage, ReadingFailed, TooLarge
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
    if sight.corners is None or sight.shape is None:
        return Capture(sight.quality, None)
    straight = straighten(pixels, sight.corners, sight.shape)
    card = sight.shape.paper in {Paper.CARD, Paper.PASSPORT_PAGE}
    lit = even_slope(straight) if card else even_light(straight)
    shape = sight.shape
    return Capture(sight.quality, Page(in_tone(lit, tone), shape.dpi, shape.seen_dpi, shape.paper, tone))


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
