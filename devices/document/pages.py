"""A page as it is kept, and several of them in order: taken, retaken, taken away."""

from dataclasses import dataclass, field, replace

import cv2  # noqa: TID251 - the door to picture processing of documents
import numpy as np

from devices.camera.api import Pixels
from devices.document.paper import Paper
from devices.document.straighten import Tone


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One straight page. It holds what a document says: no repr shows it.

    ``pixels``: height × width × 3 (BGR) in colour, else height × width; 8 bits, black and white are 0 and 255.
    ``dpi``: of these pixels; ``seen_dpi``: what the camera really saw. ``paper``: the size it was taken for.
    """

    pixels: Pixels = field(repr=False)
    dpi: int
    seen_dpi: int
    paper: Paper
    tone: Tone

    def turned(self, quarters: int = 1) -> "Page":
        """Return the page turned clockwise by quarters: a camera does not know which way a page is read."""
        return replace(self, pixels=np.ascontiguousarray(np.rot90(self.pixels, -quarters)))

    def png(self) -> bytes:
        """Return the page as PNG, lossless."""
        encoded, data = cv2.imencode(".png", self.pixels)
        if not encoded:
            raise ValueError("a page without pixels")
        return data.tobytes()


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages in order, counted from 1. Each change gives a new one: what was shown stays as it was."""

    pages: tuple[Page, ...] = ()

    def __len__(self) -> int:
        return len(self.pages)

    def added(self, page: Page) -> "Pages":
        """Return these pages with one more at the end."""
        return Pages((*self.pages, page))

    def retaken(self, number: int, page: Page) -> "Pages":
        """Return these pages with another in the place of page ``number``; ``IndexError`` where there is none."""
        return self._with(number, page)

    def without(self, number: int) -> "Pages":
        """Return these pages without page ``number``; ``IndexError`` where there is none."""
        return self._with(number)

    def _with(self, number: int, *instead: Page) -> "Pages":
        if not 1 <= number <= len(self.pages):
            raise IndexError(f"there is no page {number}")
        return Pages((*self.pages[: number - 1], *instead, *self.pages[number:]))
