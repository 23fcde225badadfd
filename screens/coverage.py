"""Which characters a font file draws, and what is written in place of the others. Reads OpenType's cmap, no more."""

import struct
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path

_SEGMENTED = 12  # cmap subtable format 12: groups of (first code, last code, first glyph)
_SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_NEVER = "\N{REPLACEMENT CHARACTER}"  # looks like a fault of the machine


class NoCoverage(Exception):
    """The font file has no table of the kind that every face of ours has."""


def covered(path: Path) -> Callable[[str], bool]:
    """Return what tells whether a face (OpenType, one per file) has a glyph for one character. Raises NoCoverage."""
    data = path.read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    found = (struct.unpack_from(">4sLLL", data, 12 + 16 * at) for at in range(tables))
    cmap = next((start for tag, _, start, _ in found if tag == b"cmap"), None)
    if cmap is None:
        raise NoCoverage(f"{path.name}: no cmap")
    (subtables,) = struct.unpack_from(">H", data, cmap + 2)
    for at in range(subtables):
        _, _, offset = struct.unpack_from(">HHL", data, cmap + 4 + 8 * at)
        if struct.unpack_from(">H", data, cmap + offset) == (_SEGMENTED,):
            (count,) = struct.unpack_from(">L", data, cmap + offset + 12)
            numbers = struct.unpack_from(f">{3 * count}L", data, cmap + offset + 16)
            firsts, lasts = numbers[::3], numbers[1::3]
            return lambda char: (group := bisect_right(firsts, ord(char)) - 1) >= 0 and ord(char) <= lasts[group]
    raise NoCoverage(f"{path.name}: no cmap of format {_SEGMENTED}")


def in_its_place(char: str, covers: Callable[[str], bool]) -> str:
    """Return a character, or its code in brackets where the face has none: never a box, never nothing.

    A name with a rare character stays readable for staff, and differs from any other. Variation selectors change
    nothing that the face could show, and go.
    """
    if any(first <= ord(char) <= last for first, last in _SELECTORS):
        return ""
    if char.isspace() or (covers(char) and char != _NEVER):
        return char
    return f"〔U+{ord(char):04X}〕"
