"""QR symbols out of one picture: zxing-cpp, then ZBar, then prepared pictures, within a budget of time."""

import re
import time
from collections.abc import Callable
from ctypes import string_at
from typing import NamedTuple

import cv2  # noqa: TID251 - prepares pictures for the decoders
import numpy as np
import zxingcpp  # noqa: TID251 - the door
from pyzbar import wrapper as zbar  # noqa: TID251 - the door

from devices.camera.api import Pixels
from devices.scanner.api import Hint, ScannedCode, Seen
from devices.scanner.hints import hint_of

_GREY_FOURCC = int.from_bytes(b"Y800", "little")
_ZBAR_CFG_BINARY = 4  # since ZBar 0.23.90; pyzbar's list of settings ends before it
_COLOURED = 3  # dimensions
_LARGE = 500_000  # pixels
_ENLARGE_UP_TO = 1_000_000  # pixels
_HINT_EVERY = 3  # turns
_HINT_WITHIN_S = 0.15  # beyond the budget
_WHITE_WITHIN, _WHITE = 15, 0.9  # pixels to look for white in, and what part of it still is white
_ECI_SYMBOLS = (b"]Q2", b"]Q4", b"]Q6")  # ISO/IEC 18004, symbology identifiers: an ECI is in use
_ECI_MARK = re.compile(rb"\\(\\|\d{6})")  # a backslash of the content is doubled

_OTHER_KINDS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.EAN13,
        zxingcpp.BarcodeFormat.EAN8,
        zxingcpp.BarcodeFormat.UPCA,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.PDF417,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Aztec,
        zxingcpp.BarcodeFormat.MicroQRCode,
    ]
)
"""What people hold up by mistake: goods, parcels, tickets. Not Code 39 and ITF, which are seen in any grating."""


class Content(NamedTuple):
    """What one symbol holds, and the character set that it declares; see :class:`ScannedCode`."""

    payload: bytes
    eci: int | None = None


Read = Callable[[Pixels], list[Content]]


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
        if contents := attempt.read(attempt.prepare(grey)):
            return [ScannedCode(payload, attempt.name, eci) for payload, eci in contents]
    return []


def see(pixels: Pixels, budget_s: float, turn: int = 0, clock: Callable[[], float] = time.perf_counter) -> Seen:
    """Return the codes of a picture (:func:`decode`), or now and then, where there are none, why that may be.

    Every third turn has a hint: about 20 ms for 720 lines, on top of the budget. A machine so busy that decoding
    alone took long gives none: whoever waits for the reply has a deadline.
    """
    began = clock()
    codes = decode(pixels, budget_s, turn, clock)
    if codes or turn % _HINT_EVERY or clock() - began > budget_s + _HINT_WITHIN_S:
        return Seen(tuple(codes))
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8) if pixels.ndim == _COLOURED else pixels
    return Seen((), Hint.OTHER_KIND if shows_other_kind(grey) else hint_of(grey))


def shows_other_kind(grey: Pixels) -> bool:
    """Tell whether a barcode that is no QR code is read; what it holds is of no interest."""
    return bool(zxingcpp.read_barcodes(_halved_if_large(grey), formats=_OTHER_KINDS))


def use_one_core() -> None:
    """Keep OpenCV's preparations to one core, for a process beside which a screen has to run."""
    cv2.setNumThreads(1)


def read_zxing(grey: Pixels) -> list[Content]:
    """Return what zxing-cpp reads, byte for byte; best at focus, skew and inversion."""
    return _zxing(grey, zxingcpp.Binarizer.LocalAverage)


def read_zxing_global(grey: Pixels) -> list[Content]:
    """Return what zxing-cpp reads with one threshold for the whole picture: symbols of uneven ink."""
    return _zxing(grey, zxingcpp.Binarizer.GlobalHistogram)


def _zxing(grey: Pixels, binarizer: zxingcpp.Binarizer) -> list[Content]:
    found = zxingcpp.read_barcodes(
        grey, formats=zxingcpp.BarcodeFormat.QRCode, binarizer=binarizer, text_mode=zxingcpp.TextMode.HexECI
    )
    return [Content(code.bytes, _eci(code)) for code in found if code.bytes]


def _eci(code: zxingcpp.Barcode) -> int | None:
    told = bytes.fromhex(code.text)
    if not told.startswith(_ECI_SYMBOLS):
        return None
    declared = set(_ECI_MARK.findall(told)) - {b"\\"}
    return int(declared.pop()) if len(declared) == 1 else None


def read_zbar(grey: Pixels) -> list[Content]:
    """Return what ZBar reads, byte for byte; it does not tell an ECI.

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
        return [Content(payload) for payload in payloads if payload]
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


def _all_but_white(grey: Pixels) -> Pixels:
    """Return black wherever it is darker than the white nearby: pale inks, pictures in the modules, veils of light."""
    near = np.ones((_WHITE_WITHIN, _WHITE_WITHIN), np.uint8)
    white = cv2.blur(cv2.dilate(grey, near), near.shape)
    paper = cv2.compare(grey, cv2.convertScaleAbs(white, alpha=_WHITE), cv2.CMP_GE)
    return np.asarray(cv2.medianBlur(paper, 5), np.uint8)


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
    Attempt("zxing-cpp, all but white", _all_but_white, read_zxing),
    Attempt("zxing-cpp, enlarged and despeckled", _enlarged_despeckled, read_zxing),
    Attempt("zxing-cpp, enlarged and sharpened", _enlarged_sharpened, read_zxing),
    Attempt("zbar, despeckled", _despeckled, read_zbar),
    Attempt("zxing-cpp, one threshold", _enlarged, read_zxing_global),
)
"""Chosen by trial on drawn and spoiled symbols; ``tests/bench/bench_qr.py`` counts what they add to the decoders alone,
on test images and on symbols spoiled in eleven ways."""
