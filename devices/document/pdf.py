"""Pages to one PDF/A-2b within a budget: pictures at the best quality that fits, nothing about anybody around them."""

import base64
import math
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2  # noqa: TID251 - the door to picture processing of documents
import typst  # noqa: TID251 - the door: documents to PDF/A

from devices.camera.api import Pixels
from devices.document.errors import TooLarge
from devices.document.pages import Page
from devices.document.straighten import Tone

BUDGET_BYTES = 500_000  # a page
_AROUND = 2048  # bytes a page: what a PDF writes around a picture
_ONCE = 8192  # bytes a file: colour profiles, metadata, cross references
_QUALITIES = (85, 75, 65, 55, 45, 35)  # of JPEG
_SCALES = (1.0, 0.75, 0.5)
_LEAST_DPI = 75  # print of 11 points can still be read
_POINTS = 72
_lock = threading.Lock()


class _Picture(NamedTuple):
    kind: str  # of image/…
    data: bytes
    points: tuple[float, float]


def to_pdf(pages: Sequence[Page], budget_bytes: int = BUDGET_BYTES) -> bytes:
    """Return pages as one PDF/A-2b (ISO 19005-2), each as large as its paper; the same pages give the same bytes.

    The file stays below ``budget_bytes`` for each page and 8 kB once: quality, then resolution are lowered step by
    step. No title, author, device or time is in it. Raises :class:`TooLarge` with the number of the page that cannot be
    made to fit, ``ValueError`` without pages. May be called from any thread; pages exist in memory only.
    """
    if not pages:
        raise ValueError("a document has a page at least")
    pictures = [_fitting(page, number, budget_bytes - _AROUND) for number, page in enumerate(pages, 1)]
    pdf = _compile(pictures)
    if len(pdf) > len(pages) * budget_bytes + _ONCE:
        raise TooLarge(f"{len(pages)} pages make {len(pdf)} bytes")
    return pdf


def _fitting(page: Page, number: int, limit: int) -> _Picture:
    height, width = page.pixels.shape[:2]
    points = (width / page.dpi * _POINTS, height / page.dpi * _POINTS)
    smallest = math.inf
    for kind, data in _attempts(page):
        if len(data) <= limit:
            return _Picture(kind, data, points)
        smallest = min(smallest, len(data))
    raise TooLarge(f"page {number} needs {smallest:.0f} bytes or more, {limit} are allowed")


def _attempts(page: Page) -> Iterator[tuple[str, bytes]]:
    """Yield a page's picture, each smaller than the one before."""
    for scale in _SCALES:
        if scale < 1 and page.dpi * scale < _LEAST_DPI:
            return
        pixels = cv2.resize(page.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if page.tone is Tone.BINARY:
            _, pixels = cv2.threshold(pixels, 127, 255, cv2.THRESH_BINARY)
            yield "png", _encoded(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 6])
            continue
        for quality in _QUALITIES:
            yield "jpeg", _encoded(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])


def _encoded(kind: str, pixels: "Pixels | cv2.typing.MatLike", options: list[int]) -> bytes:
    encoded, data = cv2.imencode(kind, pixels, options)
    if not encoded:
        raise ValueError("a page without pixels")
    return data.tobytes()


def _compile(pictures: Sequence[_Picture]) -> bytes:
    """Let Typst write the file. It takes texts only, so a picture travels in an SVG; JPEG is not coded again."""
    source = "\n".join(_page(number, *of.points) for number, of in enumerate(pictures))
    with _lock:
        compiler = typst.Compiler(ignore_system_fonts=True)
        pdf = compiler.compile(
            input=source.encode(),
            format="pdf",
            sys_inputs={str(number): _svg(of) for number, of in enumerate(pictures)},
            pdf_standards="a-2b",
            timestamp=0,
            pdf_tags=False,
        )
        compiler.compile(input=b"", format="pdf", sys_inputs={})  # forgets the pages
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no PDF")
    return pdf


def _page(number: int, width: float, height: float) -> str:
    picture = f'image(bytes(sys.inputs.at("{number}")), format: "svg", width: 100%, height: 100%, fit: "stretch")'
    return f"#page(width: {width:.3f}pt, height: {height:.3f}pt, margin: 0pt, {picture})"


def _svg(of: _Picture) -> str:
    width, height = of.points
    data = base64.b64encode(of.data).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.3f}" height="{height:.3f}">'
        f'<image width="{width:.3f}" height="{height:.3f}" preserveAspectRatio="none" '
        f'href="data:image/{of.kind};base64,{data}"/></svg>'
    )
