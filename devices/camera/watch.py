"""Judges a camera by the pictures it gives: a frozen one repeats itself to the last bit, a covered one shows black."""

from enum import Enum, auto
from hashlib import blake2b

import numpy as np

from devices.camera.api import Pixels

BLACK_LEVEL = 12.0  # of 255: a mean below it is a covered lens or a dark room
_CLIPPED = (8, 247)  # levels beyond which a picture has lost its noise
_EVERY = 8  # pixels: what is looked at first
_AT_LEAST = 3  # pictures


class Verdict(Enum):
    """What the newest picture says of its camera."""

    FINE = auto()
    BLACK = auto()  # for long enough
    FROZEN = auto()  # the same picture for long enough
    DOUBTED = auto()  # after a reopening, the very picture at which the camera froze before


class PictureWatch:
    """Looks at every picture; knows no clock, so each comes with its time in seconds (monotonic).

    A sensor's noise makes each of its pictures unlike the one before, however still the scene; a driver or a stream
    that has died hands out one picture for ever. A picture that is all black or all white has lost its noise and is no
    proof. What was frozen stays so, across reopenings, until another picture comes.
    """

    def __init__(self, *, frozen_after_s: float, black_after_s: float) -> None:
        self._frozen_after_s = frozen_after_s
        self._black_after_s = black_after_s
        self._last: Pixels | None = None
        self._same_since = 0.0
        self._count = 0
        self._black_since: float | None = None
        self._frozen_at: bytes | None = None  # a digest: no picture outlives its film

    def rest(self) -> None:
        """Forget the last picture, when the camera is closed; that it was frozen, and where, stays known."""
        self._last, self._count, self._black_since = None, 0, None

    def see(self, pixels: Pixels, now: float) -> Verdict:
        """Judge a picture (height × width × 3, 8 bits)."""
        again = self._again(pixels)
        if not again:
            self._frozen_at = None
        if self._last is None or not again:
            self._last, self._same_since, self._count = pixels, now, 0
        self._count += 1
        if again and self._count >= _AT_LEAST and now - self._same_since >= self._frozen_after_s:
            self._frozen_at = _digest(pixels)
            return Verdict.FROZEN
        if self._frozen_at is not None:
            return Verdict.DOUBTED
        if pixels[::_EVERY, ::_EVERY].mean() >= BLACK_LEVEL:
            self._black_since = None
            return Verdict.FINE
        if self._black_since is None:
            self._black_since = now
        return Verdict.BLACK if now - self._black_since >= self._black_after_s else Verdict.FINE

    def _again(self, pixels: Pixels) -> bool:
        """Tell whether this is the last picture, or the one at which the camera froze: the same to the last bit."""
        if self._last is None:
            return self._frozen_at is not None and self._frozen_at == _digest(pixels)
        few = pixels[::_EVERY, ::_EVERY]
        same_shape = self._last.shape == pixels.shape
        if not same_shape or not np.array_equal(self._last[::_EVERY, ::_EVERY], few):
            return False
        return bool(few.max() > _CLIPPED[0] and few.min() < _CLIPPED[1]) and np.array_equal(self._last, pixels)


def _digest(pixels: Pixels) -> bytes:
    return blake2b(pixels.tobytes()).digest()
