"""Which bytes of a QR code are text, and which text: as declared, UTF-8, GB 18030, or none."""

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from devices.scanner.decoders import decode
from devices.scanner.text import text_of
from tests.unit.test_scanner_decoders import drawn

CHINESE = "大连市行政服务中心"
RARE = "㐂䶮"  # CJK extension A: four bytes in GB 18030
SIGNED = b"\xd2\x84\x43\xa1\x01\x27\xa0\x58\x20" + bytes(range(32)) + bytes(range(200, 256))


@pytest.mark.parametrize(
    ("payload", "eci", "text"),
    [
        (b"https://centre.example/t#1", None, "https://centre.example/t#1"),
        (CHINESE.encode(), None, CHINESE),
        (CHINESE.encode(), 26, CHINESE),
        (b"\xef\xbb\xbf" + CHINESE.encode(), None, CHINESE),
        (b"\xef\xbb\xbf" + CHINESE.encode(), 26, CHINESE),
        ((CHINESE + RARE).encode("gb18030"), None, CHINESE + RARE),
        ((CHINESE + RARE).encode("gb18030"), 32, CHINESE + RARE),
        (CHINESE.encode("gb2312"), 29, CHINESE),
        ("大連市".encode("big5"), 28, "大連市"),
        (CHINESE.encode("utf-16-be"), 25, CHINESE),
        ("café".encode("latin-1"), 3, "café"),
        (b"two\r\n\tlines", None, "two\r\n\tlines"),
        (CHINESE.encode("gb18030"), 26, None),
        (CHINESE.encode(), 899, None),
        (CHINESE.encode(), 123456, None),
        (SIGNED, None, None),
        (b"\x00\x01\x02", None, None),
        ("\ue000".encode(), None, None),
        (b"caf\xe9", None, None),
        (b"\xef\xbb\xbf", None, None),
        (b"", None, None),
        (b"", 26, None),
    ],
)
def test_text_of(payload: bytes, eci: int | None, text: str | None) -> None:
    """What is declared is believed; without it UTF-8, then GB 18030; binary data are no text."""
    assert text_of(payload, eci) == text


@given(st.binary(max_size=300), st.none() | st.integers(0, 999_999))
def test_any_bytes_are_text_or_none(payload: bytes, eci: int | None) -> None:
    """Whatever a stranger's code holds and declares, there is an answer, and no control character in it."""
    text = text_of(payload, eci)
    assert text is None or (text and "\x00" not in text)


@pytest.mark.parametrize(
    ("symbol", "eci"),
    [
        (segno.make(CHINESE, encoding="utf-8", mode="byte", eci=True, micro=False), 26),
        (segno.make(CHINESE, encoding="gb18030", mode="byte", eci=True, micro=False), 29),
        (segno.make(CHINESE + "\\ \\000029", encoding="utf-8", mode="byte", eci=True, micro=False), 26),
        (segno.make(CHINESE, encoding="utf-8", mode="byte", micro=False), None),
        (segno.make(CHINESE.encode("gb18030"), mode="byte", micro=False), None),
        (segno.make(CHINESE, mode="hanzi", micro=False), None),
    ],
    ids=["utf-8, declared", "gb18030, declared", "looks like a mark", "utf-8", "gb18030", "hanzi mode"],
)
def test_symbols_as_others_write_them(symbol: segno.QRCode, eci: int | None) -> None:
    """From the drawn symbol to its text, with the character set that it declares."""
    (code,) = decode(drawn(symbol), 0)
    assert code.eci == eci
    text = text_of(code.payload, code.eci)
    assert text is not None
    assert text.startswith(CHINESE)
