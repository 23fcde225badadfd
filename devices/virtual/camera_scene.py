"""What a virtual camera sees: a grey counter, perhaps a phone on it that shows a QR code. Draws, serves nothing."""

import cv2  # noqa: TID251 - draws for the far end of the real stack
import numpy as np
import segno

from devices.camera.api import Pixels

WIDTH, HEIGHT = 1280, 720
_LARGE_SYMBOL = 100  # modules; above it a phone's width is too little for this resolution
_EAN_8 = "20123451"
_EAN_DIGITS = (
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
)
"""The left half's digits, 1 for a bar; the right half's are their opposites (GS1 General Specifications, 5.2.1)."""


def counter() -> Pixels:
    """Return an empty grey counter, lit from the upper left, as height × width × 3."""
    light = np.add.outer(np.linspace(25, -25, HEIGHT), np.linspace(20, -20, WIDTH)) + 120
    return np.repeat(light.astype(np.uint8)[..., None], 3, axis=2)


def black() -> Pixels:
    """Return what a covered lens sees."""
    return np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def code_on_phone(payload: bytes, *, blurred: bool = False, away: float = 1) -> Pixels:
    """Return the counter with a phone on it, a little askew, whose screen shows ``payload`` as a QR code.

    The symbol holds the bytes as they are (byte mode, no ECI). ``blurred``: beyond what any decoder reads.
    ``away``: so many times as far from the lens.
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
    if away != 1:
        phone = np.asarray(cv2.resize(phone, None, fx=1 / away, fy=1 / away, interpolation=cv2.INTER_AREA), np.uint8)
    return _lay_down(phone)


def code_under_lamp(payload: bytes) -> Pixels:
    """Return a phone that shows ``payload`` while a lamp is mirrored in the middle of its screen."""
    rows, columns = np.indices((HEIGHT, WIDTH))
    away = (rows - HEIGHT * 0.45) ** 2 + (columns - WIDTH / 2) ** 2
    lamp = 600 * np.exp(-away / (2 * 90.0**2))
    return np.asarray(np.clip(code_on_phone(payload) + lamp[..., None], 0, 255), np.uint8)


def barcode() -> Pixels:
    """Return the counter with a small product's barcode on it (EAN-8, in-store number range)."""
    left, right = _EAN_8[:4], _EAN_8[4:]
    bits = "101" + "".join(_EAN_DIGITS[int(digit)] for digit in left) + "01010"
    bits += "".join(_EAN_DIGITS[int(digit)] for digit in right).translate(str.maketrans("01", "10")) + "101"
    bars = np.pad(np.array([int(bit) for bit in bits], np.uint8), 11)
    label = np.pad(np.tile(np.where(bars, 24, 236).astype(np.uint8), (40, 1)), ((8, 8), (0, 0)), constant_values=236)
    return fitted(np.repeat(label[..., None], 3, axis=2))


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
