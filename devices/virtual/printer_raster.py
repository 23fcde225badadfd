"""Counts the pages of a raster, as the virtual printer must for what is no PDF; draws nothing.

PWG raster is PWG 5102.4. URF, Apple's relative of it, is published nowhere: the layout is what CUPS writes.
"""

from dataclasses import dataclass

_TO_THE_END = 128


@dataclass(frozen=True, slots=True)
class _Layout:
    """``first_page``: octets before it; ``header``: octets before a page's pixels; the others: fields of the header."""

    magic: bytes
    first_page: int
    header: int
    width: slice  # in pixels
    height: slice
    bits: slice  # of one pixel


_LAYOUTS = {
    "image/pwg-raster": _Layout(b"RaS2", 4, 1796, slice(372, 376), slice(376, 380), slice(388, 392)),
    "image/urf": _Layout(b"UNIRAST\0", 12, 32, slice(12, 16), slice(16, 20), slice(0, 1)),
}


def count_raster_pages(raster: bytes, raster_format: str) -> int | None:
    """Return the number of pages; None for what is no whole raster of that MIME type."""
    layout = _LAYOUTS.get(raster_format)
    if layout is None or not raster.startswith(layout.magic):
        return None
    at, pages = layout.first_page, 0
    try:
        while at < len(raster):
            at = _after_page(raster, at, layout)
            pages += 1
    except IndexError:
        return None
    return pages or None


def _after_page(raster: bytes, at: int, layout: _Layout) -> int:
    """Return where the page that begins at ``at`` ends. Raises :class:`IndexError` where it is cut off."""
    header = raster[at : at + layout.header]
    if len(header) < layout.header:
        raise IndexError
    width, height, bits = (int.from_bytes(header[field]) for field in (layout.width, layout.height, layout.bits))
    pixel = max(bits // 8, 1)
    at += layout.header
    while height > 0:
        height -= raster[at] + 1  # how often the line stands on the page, less one
        at, left = at + 1, width
        while left > 0:
            mark = raster[at]  # below 128: one pixel, repeated; above: 257 - mark pixels as they are
            if mark == _TO_THE_END:  # with white
                stored, shown = 0, left
            else:
                stored, shown = (1, mark + 1) if mark < _TO_THE_END else (257 - mark, 257 - mark)
            at, left = at + 1 + stored * pixel, left - shown
    if at > len(raster):
        raise IndexError
    return at
