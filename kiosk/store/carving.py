"""Envelopes read from the bare pages of a damaged database file, where SQLite itself can no longer find its way.

Layout as https://www.sqlite.org/fileformat2.html has it: table leaves and payload that overflows (1.6), records (2.1),
the write-ahead log (4.1). What is found is only ever taken when it reads as a whole envelope; the centre, which checks
each one's signature, decides what it is worth.
"""

import struct
from collections.abc import Iterator

_PAGE_SIZE = 4096  # SQLite's own choice; ours, too
_LEAF = 0x0D
_FILE_HEADER, _WAL_HEADER, _FRAME_HEADER = 100, 32, 24
_LEAF_HEADER = 8
_TEXT_FROM = 13  # serial types of text: odd, from 13


def texts(database: bytes, log: bytes) -> Iterator[str]:
    """Yield every text column of every row that whole pages still hold. ``log``: the write-ahead log, or nothing."""
    pages = _pages(database, log)
    for number, page in pages.items():
        start = _FILE_HEADER if number == 1 else 0
        if page[start] == _LEAF:
            for pointer in _cells(page, start):
                try:
                    yield from _text_columns(_payload(pages, page, pointer))
                except (IndexError, struct.error, UnicodeDecodeError, KeyError):
                    continue  # torn: the next may be whole


def _pages(database: bytes, log: bytes) -> dict[int, bytes]:
    """Return pages by number (from 1) as after the last transaction that the log holds whole."""
    pages = {
        at // _PAGE_SIZE + 1: database[at : at + _PAGE_SIZE]
        for at in range(0, len(database) - _PAGE_SIZE + 1, _PAGE_SIZE)
    }
    salt, pending = log[16:24], dict[int, bytes]()
    for at in range(_WAL_HEADER, len(log) - _FRAME_HEADER - _PAGE_SIZE + 1, _FRAME_HEADER + _PAGE_SIZE):
        number, committed = struct.unpack_from(">II", log, at)
        if log[at + 8 : at + 16] != salt:
            break
        pending[number] = log[at + _FRAME_HEADER : at + _FRAME_HEADER + _PAGE_SIZE]
        if committed:
            pages |= pending
            pending = {}
    return pages


def _cells(page: bytes, start: int) -> list[int]:
    (count,) = struct.unpack_from(">H", page, start + 3)
    room = (_PAGE_SIZE - start - _LEAF_HEADER) // 2
    return [*struct.unpack_from(f">{min(count, room)}H", page, start + _LEAF_HEADER)]


def _payload(pages: dict[int, bytes], page: bytes, at: int) -> bytes:
    size, at = _varint(page, at)
    _, at = _varint(page, at)  # the row's number
    most = _PAGE_SIZE - 35
    least = (_PAGE_SIZE - 12) * 32 // 255 - 23
    if size <= most:
        return page[at : at + size]
    local = least + (size - least) % (_PAGE_SIZE - 4)
    local = local if local <= most else least
    found = bytearray(page[at : at + local])
    (following,) = struct.unpack_from(">I", page, at + local)
    while len(found) < size:
        further = pages[following]  # a loop in a spoilt chain ends with the size
        found += further[4:]
        (following,) = struct.unpack_from(">I", further)
    return bytes(found[:size])


def _text_columns(record: bytes) -> Iterator[str]:
    end, at = _varint(record, 0)
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    at = end
    for kind in kinds:
        size = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[kind] if kind < _TEXT_FROM - 1 else (kind - _TEXT_FROM + 1) // 2
        if kind >= _TEXT_FROM and kind % 2:
            yield record[at : at + size].decode()
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length integer (1.6) and where it ends."""
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the bit that says: more follows
            return value, at + place + 1
    return value << 8 | data[at + 8], at + 9
