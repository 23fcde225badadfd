"""The text that a QR code's bytes are, if they are text. Pure; guesses only between the encodings in use here."""

import unicodedata

_MARK = b"\xef\xbb\xbf"
_ENCODINGS = {
    **dict.fromkeys((0, 2), "cp437"),
    **dict.fromkeys((1, 3), "iso8859-1"),
    **{eci: f"iso8859-{eci - 2}" for eci in (*range(4, 14), *range(15, 19))},
    20: "shift_jis",
    **{eci: f"cp{eci + 1229}" for eci in (21, 22, 23)},
    24: "cp1256",
    25: "utf-16-be",
    26: "utf-8",
    27: "ascii",
    28: "big5",
    29: "gb18030",
    30: "euc_kr",
    31: "gbk",
    32: "gb18030",
    33: "utf-16-le",
    34: "utf-32-be",
    35: "utf-32-le",
    170: "ascii",
}
"""Character sets by ECI number (AIM ITS/04-023, from memory; 20 to 32 checked against zxing-cpp). 29 is GB 2312, which
GB 18030 contains, and writers say it for both. 899 is binary: no text."""
_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})  # control, unassigned, private use, surrogate
_LAYOUT = frozenset("\t\n\r")


def text_of(payload: bytes, eci: int | None = None) -> str | None:
    """Return the text that a payload is, without a byte order mark; None when it is none.

    ``eci``: the character set that the symbol declares; it is believed, and what does not fit it is no text.
    Without one, UTF-8 goes first (ISO/IEC 18004 would have ISO 8859-1, which nobody here writes), then GB 18030, as
    older systems write without saying so. Bytes that come out as control characters, or as characters that do not
    exist, are binary data that an encoding happens to allow.
    """
    if eci is None:
        return _decoded(payload, "utf-8") or _decoded(payload, "gb18030")
    encoding = _ENCODINGS.get(eci)
    return None if encoding is None else _decoded(payload, encoding)


def _decoded(payload: bytes, encoding: str) -> str | None:
    """Return the text, None for an empty one too."""
    try:
        text = payload.removeprefix(_MARK).decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if any(unicodedata.category(c) in _NO_TEXT and c not in _LAYOUT for c in text) else text or None
