"""Counts the pages of a PDF, to compare with what a printer says it printed, and measures them. Not a PDF reader.

The root of the page tree is the dictionary of type Pages without a Parent, and its Count is the number of
pages (ISO 32000-1, 7.7.3.2). It stands in the file as it is, or in a compressed object stream (7.5.7); only
FlateDecode, the filter that writers use there, is undone. Encrypted files are not counted.
"""

import re
import zlib

_STREAM = re.compile(rb"/Type\s*/ObjStm\b.*?stream\r?\n", re.DOTALL)
_PAGES = re.compile(rb"/Type\s*/Pages\b")
_COUNT = re.compile(rb"/Count\s+(\d{1,6})\b")
_BOX = re.compile(rb"/MediaBox\s*\[\s*([-+.\d]+)\s+([-+.\d]+)\s+([-+.\d]+)\s+([-+.\d]+)\s*\]")
_MM_PER_POINT = 25.4 / 72
_PARENT = re.compile(rb"/Parent\s+\d+\s+\d+\s+R")


def count_pages(pdf: bytes) -> int | None:
    """Return the number of pages; None for what is no whole PDF, or one that this module cannot count.

    A signed file carries later revisions of its objects; when its page trees disagree, there is no answer.
    """
    if not pdf.startswith(b"%PDF-") or b"startxref" not in pdf[-1024:]:
        return None
    counts = {count for text in (pdf, *_object_streams(pdf)) for count in _root_counts(text)}
    return counts.pop() if len(counts) == 1 else None


def page_size_mm(pdf: bytes) -> tuple[float, float] | None:
    """Return width and length of the largest page (MediaBox, ISO 32000-1, 7.7.3.3); None where none can be read."""
    sizes = []
    for text in (pdf, *_object_streams(pdf)):
        for box in _BOX.finditer(text):
            try:
                left, low, right, high = map(float, box.groups())
            except ValueError:
                continue
            sizes.append((abs(right - left) * _MM_PER_POINT, abs(high - low) * _MM_PER_POINT))
    return (max(width for width, _ in sizes), max(length for _, length in sizes)) if sizes else None


def _object_streams(pdf: bytes) -> list[bytes]:
    inflated = []
    for start in _STREAM.finditer(pdf):
        try:
            inflated.append(zlib.decompressobj().decompress(pdf[start.end() :]))
        except zlib.error:
            continue
    return inflated


def _root_counts(text: bytes) -> list[int]:
    counts = []
    for mark in _PAGES.finditer(text):
        dictionary = _dictionary_around(text, mark.start())
        count = _COUNT.search(dictionary)
        if count and not _PARENT.search(dictionary):
            counts.append(int(count[1]))
    return counts


def _dictionary_around(text: bytes, at: int) -> bytes:
    """Return the innermost dictionary around an offset, as far as brackets tell."""
    depth, begin = 0, at
    while begin > 0:
        begin -= 1
        pair = text[begin : begin + 2]
        if pair == b">>":
            depth, begin = depth + 1, begin - 1
        elif pair == b"<<":
            if depth == 0:
                break
            depth -= 1
    depth, end = 0, at
    while end < len(text):
        pair = text[end : end + 2]
        if pair == b"<<":
            depth, end = depth + 1, end + 1
        elif pair == b">>":
            if depth == 0:
                break
            depth, end = depth - 1, end + 1
        end += 1
    return text[begin:end]
