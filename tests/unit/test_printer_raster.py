"""The virtual printer counts a raster's pages, and takes no torn one."""

import struct

import pytest

from devices.virtual.printer_raster import count_raster_pages

# A white line, three times; a line of one pixel three times, two as they are, and white to its end.
LINES = b"\2\x80" + b"\0" + b"\2\x55" + b"\xff\x11\x22" + b"\x80"
WIDTH, HEIGHT = 7, 4


def pwg_page() -> bytes:
    header = bytearray(1796)
    struct.pack_into(">II", header, 372, WIDTH, HEIGHT)
    struct.pack_into(">I", header, 388, 8)
    return bytes(header) + LINES


def urf_page() -> bytes:
    return struct.pack(">B11xII12x", 8, WIDTH, HEIGHT) + LINES


RASTERS = [
    pytest.param("image/pwg-raster", b"RaS2", pwg_page(), id="pwg"),
    pytest.param("image/urf", b"UNIRAST\0" + bytes(4), urf_page(), id="urf"),
]


@pytest.mark.parametrize(("kind", "start", "page"), RASTERS)
def test_pages_are_counted(kind: str, start: bytes, page: bytes) -> None:
    """As many pages as there are; the number in the head of a URF is not asked, CUPS leaves it 0."""
    assert count_raster_pages(start + page, kind) == 1
    assert count_raster_pages(start + 3 * page, kind) == 3


@pytest.mark.parametrize(("kind", "start", "page"), RASTERS)
def test_what_is_torn_is_no_raster(kind: str, start: bytes, page: bytes) -> None:
    """A raster cut off anywhere is none, nor is one without pages or of another kind."""
    whole = start + 2 * page
    for length in range(len(start) + len(page) + 1, len(whole)):
        assert count_raster_pages(whole[:length], kind) is None
    assert count_raster_pages(start, kind) is None
    assert count_raster_pages(b"%PDF-1.7", kind) is None
    assert count_raster_pages(whole, "image/jpeg") is None
