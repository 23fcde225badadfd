"""BER-TLV data objects as chips write them (ISO 7816-4, 5.2.2): definite lengths, tags of up to three bytes."""

from collections.abc import Iterator
from typing import Final

from devices.card_reader.api import CardGarbled

HEADER: Final = 8  # no header of tag and length is longer
_MULTI_BYTE, _MORE, _LONG = 0x1F, 0x80, 0x80
_LONGEST_TAG: Final = 3
_LONGEST_LENGTH: Final = 4


def encode(tag: int, *values: bytes) -> bytes:
    """Return a data object; the values stand one behind the other in it."""
    value = b"".join(values)
    size = len(value)
    head = tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")
    if size < _LONG:
        return head + bytes((size,)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return head + bytes((_LONG | len(length),)) + length + value


def header(data: bytes) -> tuple[int, int, int]:
    """Return tag, where the value begins, and how long it is. Raises ``CardGarbled``."""
    end = 1
    if data[:1] and data[0] & _MULTI_BYTE == _MULTI_BYTE:
        while end < len(data) and data[end] & _MORE:
            end += 1
        end += 1
    if end > _LONGEST_TAG or end >= len(data):
        raise CardGarbled("tag")
    tag, first = int.from_bytes(data[:end], "big"), data[end]
    end += 1
    if first < _LONG:
        return tag, end, first
    count = first - _LONG
    if not 1 <= count <= _LONGEST_LENGTH or end + count > len(data):
        raise CardGarbled("length")
    return tag, end + count, int.from_bytes(data[end : end + count], "big")


def objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and value of each data object in a row. Raises ``CardGarbled`` where one is cut."""
    while data:
        tag, begin, size = header(data)
        if begin + size > len(data):
            raise CardGarbled("value")
        yield tag, data[begin : begin + size]
        data = data[begin + size :]


def inside(data: bytes, tag: int) -> bytes:
    """Return the value of the one object that the data are. Raises ``CardGarbled`` when they are another, or more."""
    found = list(objects(data))
    if len(found) != 1 or found[0][0] != tag:
        raise CardGarbled(f"no {tag:X}")
    return found[0][1]


def first(data: bytes, tag: int) -> bytes:
    """Return the value of the first object with this tag. Raises ``CardGarbled`` when there is none."""
    for found, value in objects(data):
        if found == tag:
            return value
    raise CardGarbled(f"no {tag:X}")
