"""Reads the window's pixels back. For the gallery, the demo and tests."""

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
