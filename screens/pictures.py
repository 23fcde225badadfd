"""Reads the window's pixels back, and writes them as PNG. For the gallery, the demo and tests."""

import struct
import zlib

import numpy as np
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
from numpy.typing import NDArray


def grab(*, half: bool = False) -> NDArray[np.uint8]:
    """Return what the window shows: height × width × 3, RGB, 8 bits, top row first; ``half``: averaged to half size."""
    width, height = Window.size
    data = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
    pixels = np.frombuffer(data, np.uint8).reshape(height, width, 3)[::-1]
    if half:
        even = pixels[: height // 2 * 2, : width // 2 * 2].astype(np.uint16)
        mean = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
        return (mean // 4).astype(np.uint8)
    return pixels


def png(pixels: NDArray[np.uint8], level: int = 6) -> bytes:
    """Return RGB pixels (height × width × 3) as a PNG file (ISO/IEC 15948), no filter, one IDAT."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + width * 3), np.uint8)  # each row begins with its filter: 0, none
    rows[:, 1:] = pixels.reshape(height, width * 3)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR" + header, b"IDAT" + zlib.compress(rows.tobytes(), level), b"IEND")
    body = b"".join(struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + body
