"""What the decoders read, byte for byte, and how they keep to their budget."""

import cv2  # noqa: TID251 - spoils pictures
import numpy as np
import pytest
import segno

from devices.camera.api import Pixels
from devices.scanner import decoders
from devices.scanner.api import ScannedCode
from devices.scanner.decoders import Attempt, Content, decode, read_zbar, read_zxing, read_zxing_global

PAYLOADS = {
    "utf-8": "大连市行政服务中心 DL20260001".encode(),
    "gb18030": "大连市行政服务中心 㐂䶮".encode("gb18030"),
    "zeros and all bytes": b"\xd2\x84\x43\xa1\x01\x27\x00\x00\x00" + bytes(range(256)),
    "looks like utf-8 with a mark": b"\xef\xbb\xbfabc",
    "latin-1": b"caf\xe9 \xff\xfe",
    "700 random bytes": np.random.default_rng(7).bytes(700),
}


def symbol(payload: bytes | str, scale: int = 6, mode: str | None = "byte") -> Pixels:
    """Draw a payload's QR symbol."""
    return drawn(segno.make(payload, micro=False, mode=mode, error="l"), scale)


def drawn(code: segno.QRCode, scale: int = 6) -> Pixels:
    """Draw a QR symbol, grey, with its quiet zone."""
    modules = np.pad(np.array(code.matrix, np.uint8), 4)
    return np.where(modules, 10, 245).astype(np.uint8).repeat(scale, axis=0).repeat(scale, axis=1)


@pytest.mark.parametrize("read", [read_zxing, read_zxing_global, read_zbar])
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_bytes_come_out_as_they_went_in(read: decoders.Read, payload: bytes) -> None:
    """No reader guesses an encoding, stops at a zero byte, or drops a mark."""
    assert [content.payload for content in read(symbol(payload))] == [payload]


@pytest.mark.parametrize("read", [read_zxing, read_zbar])
@pytest.mark.parametrize("text", ["0123456789" * 12, "6BFOXN%TSMAHN-HISCA%1DC:DE4N" * 14])
def test_numeric_and_alphanumeric_symbols_give_ascii(read: decoders.Read, text: str) -> None:
    """Digits and base45 (392 characters, as certificates carry) are read from their compact modes."""
    assert [content.payload for content in read(symbol(text, mode=None))] == [text.encode()]


def test_colour_and_grey_are_both_pictures() -> None:
    """A frame of the camera (BGR) and a grey one give the same."""
    grey = symbol(b"hello")
    coloured = np.repeat(grey[..., None], 3, axis=2)
    assert decode(grey, 0) == decode(coloured, 0) == [ScannedCode(b"hello", "zxing-cpp")]


def test_light_on_dark_is_read() -> None:
    """A phone in dark mode shows its code inverted."""
    assert decode(255 - symbol(b"night"), 0) == [ScannedCode(b"night", "zxing-cpp")]


def test_what_is_no_qr_code_is_not_returned() -> None:
    """Noise, and a barcode of another kind, give nothing."""
    noise = np.random.default_rng(1).integers(0, 256, (200, 200), np.uint8)
    assert decode(noise, 1.0) == []
    assert decode(np.zeros((1, 1), np.uint8), 1.0) == []


def test_preparations_read_what_the_decoders_alone_do_not() -> None:
    """A small symbol under heavy noise is read after preparation, within a second."""
    rng = np.random.default_rng(3)
    small = cv2.resize(symbol(b"worn out paper", 8), None, fx=0.32, fy=0.32, interpolation=cv2.INTER_AREA)
    worn = np.clip(small.astype(float) * 0.45 + 60 + rng.normal(0, 26, small.shape), 0, 255).astype(np.uint8)
    assert decode(worn, 0) == []
    (code,) = decode(worn, 1.0)
    assert code.payload == b"worn out paper"


def attempt(name: str, tried: list[str], *, found: bool = False) -> Attempt:
    def read(_: Pixels) -> list[Content]:
        tried.append(name)
        return [Content(b"x")] if found else []

    return Attempt(name, lambda grey: grey, read)


@pytest.mark.parametrize(
    ("budget_s", "turn", "expected"),
    [
        (0.0, 0, "z b"),
        (2.0, 0, "z b"),
        (3.5, 0, "z b 1 2"),
        (3.5, 2, "z b 3 1"),
        (3.5, 5, "z b 3 1"),
        (99.0, 1, "z b 2 3 1"),
    ],
)
def test_a_budget_bounds_preparations_and_turns_share_it(
    monkeypatch: pytest.MonkeyPatch, budget_s: float, turn: int, expected: str
) -> None:
    """Both decoders always look; preparations begin at the turn and stop when the time is used up."""
    tried: list[str] = []
    monkeypatch.setattr(decoders, "AS_IT_IS", (attempt("z", tried), attempt("b", tried)))
    monkeypatch.setattr(decoders, "PREPARED", tuple(attempt(name, tried) for name in "123"))
    assert decode(np.zeros((8, 8), np.uint8), budget_s, turn, clock=lambda: float(len(tried))) == []
    assert " ".join(tried) == expected


def test_a_payload_never_shows_in_a_repr() -> None:
    """Reprs end in logs."""
    assert "210203" not in repr(ScannedCode(b"210203199001011234", "zbar"))
