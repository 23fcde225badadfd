"""What a virtual camera sees: a grey counter, perhaps a phone on it that shows a QR code. Draws, serves nothing."""

import cv2  # noqa: TID251 - draws for the far end of the real stack
import numpy as np
import segno

from devices.camera.api import Pixels

WIDTH, HEIGHT = 1280, 720
_LARGE_SYMBOL = 100  # modules; above it a phone's width is too little for this resolution


def counter() -> Pixels:
    """Return an empty grey counter, lit from the upper left, as height × width × 3."""
    light = np.add.outer(np.linspace(25, -25, HEIGHT), np.linspace(20, -20, WIDTH)) + 120
    return np.repeat(light.astype(np.uint8)[..., None], 3, axis=2)


def black() -> Pixels:
    """Return what a covered lens sees."""
    return np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def code_on_phone(payload: bytes, *, blurred: bool = False) -> Pixels:
    """Return the counter with a phone on it, a little askew, whose screen shows ``payload`` as a QR code.

    The symbol holds the bytes as they are (byte mode, no ECI). ``blurred``: beyond what any decoder reads.
    """
    symbol = _symbol(payload)
    side = 440 if symbol.shape[0] < 10 * _LARGE_SYMBOL else 650
    code = cv2.resize(symbol, (side, side), interpolation=cv2.INTER_AREA)
    if blurred:
        code = cv2.GaussianBlur(code, (0, 0), side / 40)
    phone = np.full((HEIGHT - 20, side + 40, 3), 28, np.uint8)
    phone[12:-12, 12:-12] = 236
    top = (phone.shape[0] - side) // 2
    phone[top : top + side, 20 : 20 + side] = code[..., None]
    return _lay_down(phone)


def fitted(picture: Pixels) -> Pixels:
    """Return a picture (height × width × 3, BGR) scaled to fit, in the middle of the counter."""
    scale = min(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    scene = counter()
    left, top = (WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2
    scene[top : top + size[1], left : left + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return scene


def as_jpegs(scene: Pixels, rng: np.random.Generator, *, count: int = 3, noise: float = 6.0) -> list[bytes]:
    """Return the scene as ``count`` JPEG pictures, each with its own sensor noise (standard deviation in levels)."""
    grain = rng.standard_normal(scene.shape[:2], np.float32)[..., None] * noise
    jpegs = []
    for _ in range(count):
        grain = np.roll(grain, rng.integers(grain.size))  # another picture's noise, at a tenth of the cost
        _, jpeg = cv2.imencode(".jpg", np.clip(scene + grain, 0, 255).astype(np.uint8))
        jpegs.append(jpeg.tobytes())
    return jpegs


def _symbol(payload: bytes) -> Pixels:
    """Return the QR symbol with its quiet zone, 10 pixels a module, as height × width."""
    code = segno.make(payload, mode="byte", micro=False, error="l", boost_error=False)
    modules = np.pad(np.array([list(row) for row in code.matrix], np.uint8), 4)
    levels = np.where(modules, 24, 236).astype(np.uint8)
    return levels.repeat(10, axis=0).repeat(10, axis=1)


def _lay_down(phone: Pixels) -> Pixels:
    """Return the counter with the phone put on it, seen slightly from the side."""
    height, width = phone.shape[:2]
    left, top = (WIDTH - width) / 2, (HEIGHT - height) / 2
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = corners * 0.96 + np.array([[left + 14, top + 4], [left, top + 22], [left + 6, top + 12], [left + 22, top]])
    matrix = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    return np.asarray(
        cv2.warpPerspective(
            phone, matrix, (WIDTH, HEIGHT), counter(), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
        ),
        np.uint8,
    )
