"""A grey picture, turned and placed on a screen of any size and the usual depths; pure, and of the standard library."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

Colour = tuple[int, int, int]  # red, green, blue: 0 to 255
GROUND: Colour = (16, 42, 92)
INK: Colour = (255, 255, 255)
ROTATIONS = ("normal", "left", "right", "inverted")

_HEADER = re.compile(rb"P5\s+(\d+)\s+(\d+)\s+255\s")


@dataclass(frozen=True, slots=True)
class Grey:
    """``pixels``: one octet each, 0 is ground and 255 ink; the top row first."""

    width: int
    height: int
    pixels: bytes

    @classmethod
    def of_pgm(cls, content: bytes) -> Self:
        """Read a binary PGM file (pgm(5), 8 bits, no comments). Raises ValueError."""
        header = _HEADER.match(content)
        if header is None:
            raise ValueError("not a binary PGM file of 8 bits")
        width, height = int(header[1]), int(header[2])
        pixels = content[header.end() :]
        if len(pixels) != width * height:
            raise ValueError(f"{len(pixels)} octets of {width * height}")
        return cls(width, height, pixels)

    def pgm(self) -> bytes:
        """Return the file."""
        return b"P5\n%d %d\n255\n" % (self.width, self.height) + self.pixels

    def turned(self, rotation: str) -> "Grey":
        """Return it as xrandr's ``rotation`` turns a picture: left is a quarter against the clock."""
        match rotation:
            case "left":
                columns = [self.pixels[x :: self.width] for x in reversed(range(self.width))]
                return Grey(self.height, self.width, b"".join(columns))
            case "right":
                columns = [self.pixels[x :: self.width][::-1] for x in range(self.width)]
                return Grey(self.height, self.width, b"".join(columns))
            case "inverted":
                return Grey(self.width, self.height, self.pixels[::-1])
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a colour's bits are in a pixel, counted from the lowest."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Geometry:
    """A screen's memory: ``stride`` octets a row, ``bits`` a pixel (16 or 32), channels red, green, blue."""

    width: int
    height: int
    stride: int
    bits: int
    channels: tuple[Channel, Channel, Channel]


def fitting(pictures: Sequence[Grey], screen: Geometry) -> Grey | None:
    """Return the largest picture that the screen has room for, None where it has for none."""
    fits = [one for one in pictures if one.width <= screen.width and one.height <= screen.height]
    return max(fits, key=lambda one: one.width * one.height, default=None)


def painted(picture: Grey | None, screen: Geometry) -> bytes:
    """Return the screen's memory with the picture in its middle, on the ground's colour.

    Raises ValueError for a depth that is not usual.
    """
    if screen.bits not in (16, 32):
        raise ValueError(f"{screen.bits} bits a pixel")
    size = screen.bits // 8
    values = [_pixel(level, screen.channels) for level in range(256)]
    tables = [bytes(value >> 8 * octet & 255 for value in values) for octet in range(size)]  # little-endian
    empty = (values[0].to_bytes(size, "little") * screen.width).ljust(screen.stride, b"\0")
    if picture is None:
        return empty * screen.height
    left, top = (screen.width - picture.width) // 2, (screen.height - picture.height) // 2
    rows = [empty] * top
    for start in range(0, len(picture.pixels), picture.width):
        grey = picture.pixels[start : start + picture.width]
        row = bytearray(empty)
        for octet, table in enumerate(tables):
            row[left * size + octet : (left + picture.width) * size : size] = grey.translate(table)
        rows.append(bytes(row))
    rows += [empty] * (screen.height - top - picture.height)
    return b"".join(rows)


def _pixel(level: int, channels: tuple[Channel, Channel, Channel]) -> int:
    value = 0
    for ground, ink, channel in zip(GROUND, INK, channels, strict=True):
        shade = ground + (ink - ground) * level // 255
        value |= shade >> (8 - channel.length) << channel.offset
    return value
