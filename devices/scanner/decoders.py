"""QR symbols out of one picture: zxing-cpp, then ZBar, then prepared pictures, within a budget of time."""

import time
from collections.abc import Callable
from ctypes import string_at
from typing import NamedTuple

import cv2  # noqa: TID251 - prepares pictures for the decoders
import numpy as np
import zxingcpp  # noqa: TID251 - the door
from pyzbar import wrapper as zbar  # noqa: TID251 - the door

from devices.camera.api import Pixels
from devices.scanner.api import ScannedCode

_GREY_FOURCC = int.from_bytes(b"Y800", "little")
_ZBAR_CFG_BINARY = 4  # since ZBar 0.23.90; pyzbar's list of settings ends before it
_COLOURED = 3  # dimensions
_LARGE = 500_000  # pixels
_ENLARGE_UP_TO = 1_000_000  # pixels


Read = Callable[[Pixels], list[bytes]]


class Attempt(NamedTuple):
    """One way to read a grey picture. ``name`` is what :class:`ScannedCode` reports."""

    name: str
    prepare: Callable[[Pixels], Pixels]
    read: Read


def decode(
    pixels: Pixels, budget_s: float, turn: int = 0, clock: Callable[[], float] = time.perf_counter
) -> list[ScannedCode]:
    """Return the QR codes of a picture: what the first attempt that finds any finds.

    ``pixels``: height × width, grey, or height × width × 3, BGR; 8 bits. Both decoders look at the picture as it
    is; after that, prepared pictures are tried as long as less than ``budget_s`` seconds have passed, so that one
    attempt at most overruns the budget. ``turn`` says with which preparation to begin: counted up over the frames
    of a film it brings each of them to its turn where a budget suffices for one or two.
    """
    began = clock()
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8) if pixels.ndim == _COLOURED else pixels
    first = turn % len(PREPARED)
    for number, attempt in enumerate((*AS_IT_IS, *PREPARED[first:], *PREPARED[:first])):
        if number >= len(AS_IT_IS) and clock() - began >= budget_s:
            break
        if payloads := attempt.read(attempt.prepare(grey)):
            return [ScannedCode(payload, attempt.name) for payload in payloads]
    return []


def use_one_core() -> None:
    """Keep OpenCV's preparations to one core, for a process beside which a screen has to run."""
    cv2.setNumThreads(1)


def read_zxing(grey: Pixels) -> list[bytes]:
    """Return what zxing-cpp reads, byte for byte; best at focus, skew and inversion."""
    return _zxing(grey, zxingcpp.Binarizer.LocalAverage)


def read_zxing_global(grey: Pixels) -> list[bytes]:
    """Return what zxing-cpp reads with one threshold for the whole picture: symbols of uneven ink."""
    return _zxing(grey, zxingcpp.Binarizer.GlobalHistogram)


def _zxing(grey: Pixels, binarizer: zxingcpp.Binarizer) -> list[bytes]:
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode, binarizer=binarizer)
    return [code.bytes for code in found if code.bytes]


def read_zbar(grey: Pixels) -> list[bytes]:
    """Return what ZBar reads, byte for byte.

    Not through ``pyzbar.decode``: without ZBar's binary setting it guesses an encoding and hands out UTF-8, which
    ruins binary and GB18030 payloads (measured: 9 of 97 test images come out altered).
    """
    height, width = grey.shape
    data = grey.tobytes()
    scanner, image = zbar.zbar_image_scanner_create(), zbar.zbar_image_create()
    try:
        for symbology in zbar.ZBarSymbol:
            zbar.zbar_image_scanner_set_config(scanner, symbology, zbar.ZBarConfig.CFG_ENABLE, 0)
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, zbar.ZBarConfig.CFG_ENABLE, 1)
        if zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, _ZBAR_CFG_BINARY, 1):
            raise RuntimeError("ZBar is older than 0.23.90 and cannot return bytes")
        zbar.zbar_image_set_format(image, _GREY_FOURCC)
        zbar.zbar_image_set_size(image, width, height)
        zbar.zbar_image_set_data(image, data, len(data), None)
        zbar.zbar_scan_image(scanner, image)
        payloads = []
        symbol = zbar.zbar_image_first_symbol(image)
        while symbol:
            length = zbar.zbar_symbol_get_data_length(symbol)
            payloads.append(string_at(zbar.zbar_symbol_get_data(symbol), length))
            symbol = zbar.zbar_symbol_next(symbol)
        return [payload for payload in payloads if payload]
    finally:
        zbar.zbar_image_destroy(image)
        zbar.zbar_image_scanner_destroy(scanner)


def _same(grey: Pixels) -> Pixels:
    return grey


def _halved_if_large(grey: Pixels) -> Pixels:
    """Spare ZBar the full resolution of a camera: 10 ms instead of 47 for a frame of 720 lines without a code."""
    if grey.size <= _LARGE:
        return grey
    return np.asarray(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _smoothed(grey: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), np.uint8)


def _despeckled(grey: Pixels) -> Pixels:
    return np.asarray(cv2.medianBlur(grey, 3), np.uint8)


def _enlarged(grey: Pixels) -> Pixels:
    if grey.size > _ENLARGE_UP_TO:
        return grey
    return np.asarray(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def _enlarged_despeckled(grey: Pixels) -> Pixels:
    return np.asarray(cv2.medianBlur(_enlarged(grey), 5), np.uint8)


def _enlarged_sharpened(grey: Pixels) -> Pixels:
    large = _enlarged(grey)
    return np.asarray(cv2.addWeighted(large, 2.5, cv2.GaussianBlur(large, (0, 0), 4), -1.5, 0), np.uint8)


def _even_light(grey: Pixels) -> Pixels:
    """Return black and white against the neighbourhood of 41 pixels: dark frames, shadow, glare."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.0)
    return np.asarray(
        cv2.adaptiveThreshold(smooth, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 41, 2), np.uint8
    )


AS_IT_IS = (Attempt("zxing-cpp", _same, read_zxing), Attempt("zbar", _halved_if_large, read_zbar))
"""zxing-cpp reads most and is fastest; ZBar reads some that it misses."""

PREPARED = (
    Attempt("zxing-cpp, smoothed", _smoothed, read_zxing),
    Attempt("zxing-cpp, even light", _even_light, read_zxing),
    Attempt("zxing-cpp, enlarged and despeckled", _enlarged_despeckled, read_zxing),
    Attempt("zxing-cpp, enlarged and sharpened", _enlarged_sharpened, read_zxing),
    Attempt("zbar, despeckled", _despeckled, read_zbar),
    Attempt("zxing-cpp, one threshold", _enlarged, read_zxing_global),
)
"""Chosen by trial on drawn and spoiled symbols. Of 112 others that neither decoder read as they were these read 41,
at 2 to 15 ms each for 640 × 480; of the 97 test images under heavy noise 87 are read instead of 27."""
