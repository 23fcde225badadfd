"""QR symbols drawn and then spoiled, the same ones in every run: what the decoder's preparations are judged by.

Each is a payload, a spoiler and a strength out of a seeded generator. The preparations were chosen on another seed.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2  # noqa: TID251 - spoils pictures
import numpy as np
import segno

from devices.camera.api import Pixels

PER_SPOILER = 24
Spoil = Callable[[Pixels, np.random.Generator, float], Pixels]


class Drawn(NamedTuple):
    """One spoiled symbol: what spoiled it, its grey pixels, and what it holds."""

    spoiler: str
    grey: Pixels
    payload: bytes


def drawn(seed: int = 7) -> Iterator[Drawn]:
    """Yield every picture: each spoiler at strengths from 0 (hardly) to 1 (badly)."""
    rng = np.random.default_rng(seed)
    for name, spoil in SPOILERS.items():
        for number in range(PER_SPOILER):
            payload = urlsafe_b64encode(rng.bytes(int(rng.integers(6, 120))))  # text, which every reader can tell
            symbol = _symbol(payload, int(rng.integers(4, 8)))
            yield Drawn(name, spoil(symbol, rng, number / (PER_SPOILER - 1)), payload)


def _symbol(payload: bytes, pixels_a_module: int) -> Pixels:
    code = segno.make(payload, mode="byte", micro=False, error="m")
    modules = np.pad(np.array([list(row) for row in code.matrix], np.uint8), 4)
    levels = np.where(modules, 30, 230).astype(np.uint8)
    return levels.repeat(pixels_a_module, axis=0).repeat(pixels_a_module, axis=1)


def _levels(picture: np.ndarray) -> Pixels:
    return np.clip(picture, 0, 255).astype(np.uint8)


def _noisy(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    return _levels(symbol * 0.5 + 60 + rng.normal(0, 15 + 60 * strength, symbol.shape))


def _blurred(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    soft = cv2.GaussianBlur(symbol, (0, 0), 1 + 3 * strength)
    return _levels(soft + rng.normal(0, 4, symbol.shape))


def _shaken(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Move while the shutter is open."""
    length = 1 + round(9 * strength)
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    return _levels(cv2.filter2D(symbol, -1, kernel) + rng.normal(0, 4, symbol.shape))


def _far(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    scale = 0.6 - 0.42 * strength
    small = cv2.resize(symbol, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return _levels(small + rng.normal(0, 5, small.shape))


def _aslant(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    side = symbol.shape[0]
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    away = rng.uniform(0, 0.28 * strength * side, (4, 2)) * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    matrix = cv2.getPerspectiveTransform(corners, (corners + away).astype(np.float32))
    seen = cv2.warpPerspective(symbol, matrix, (side, side), borderValue=200)
    return _levels(seen + rng.normal(0, 5, seen.shape))


def _shadowed(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    light = np.linspace(1, 1 - 0.9 * strength, symbol.shape[1])
    edge = int(rng.integers(symbol.shape[0] // 4, symbol.shape[0] * 3 // 4))
    shade = np.ones(symbol.shape[0])
    shade[edge:] = 1 - 0.7 * strength
    return _levels(symbol * light * shade[:, None] + rng.normal(0, 4, symbol.shape))


def _glaring(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Put a lamp's reflection on it."""
    rows, columns = np.indices(symbol.shape)
    middle = rng.uniform(0.3, 0.7, 2) * symbol.shape
    reach = (0.04 + 0.12 * strength) * symbol.shape[0]
    lamp = 400 * np.exp(-((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2) / (2 * reach**2))
    return _levels(symbol + lamp + rng.normal(0, 4, symbol.shape))


def _pale(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Print in a pale colour that is not the same everywhere."""
    ink = 120 + 90 * strength + 10 * cv2.GaussianBlur(rng.normal(0, 1, symbol.shape), (0, 0), 9) * 9
    return _levels(np.where(symbol < 128, ink, 240) + rng.normal(0, 4, symbol.shape))


def _outlined(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    """Fill dark areas with a picture, and leave them a dark outline: codes as shops decorate them."""
    dark = symbol < 128
    inside = cv2.erode(dark.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    texture = cv2.GaussianBlur(rng.normal(0, 1, symbol.shape), (0, 0), 2)
    filling = 60 + 130 * strength + 60 * texture / np.abs(texture).max()
    return _levels(np.where(inside, filling, np.where(dark, 20, 245)) + rng.normal(0, 4, symbol.shape))


def _scratched(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    spoiled = symbol.copy()
    for _ in range(round(2 + 14 * strength)):
        ends = rng.integers(0, symbol.shape[0], 4).tolist()
        cv2.line(spoiled, tuple(ends[:2]), tuple(ends[2:]), int(rng.choice([30, 230])), 2)
    return _levels(spoiled + rng.normal(0, 6, symbol.shape))


def _inverted(symbol: Pixels, rng: np.random.Generator, strength: float) -> Pixels:
    return 255 - _noisy(symbol, rng, strength / 2)


SPOILERS: dict[str, Spoil] = {
    "noise": _noisy,
    "blur": _blurred,
    "shaken": _shaken,
    "far away": _far,
    "aslant": _aslant,
    "shadow": _shadowed,
    "glare": _glaring,
    "pale ink": _pale,
    "outlined": _outlined,
    "scratched": _scratched,
    "light on dark": _inverted,
}
