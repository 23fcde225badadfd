"""Reads toner, paper and output trays from a printer's IPP attributes, whatever is in them. Pure.

Two vocabularies, a printer speaks either or both: ``marker-*`` (CUPS, parallel lists) and ``printer-supply``,
``printer-input-tray``, ``printer-output-tray`` (PWG 5100.13: octets ``key=value;…`` with the names and numbers of
the Printer MIB, RFC 3805). A negative number there means that there is none: -1 other, -2 unknown, -3 some is left.
RFC 3805 counts the room left in a waste box; that ``marker-levels`` with a ``marker-high-levels`` below 100 counts
its filling instead is from memory, unverified on hardware. What makes no sense is left out, never an error.
"""

import re
from collections.abc import Iterator, Mapping

from devices.printer.api import InputTray, Marker, OutputTray, Supplies
from devices.printer.ipp import Attributes, Value, Values
from devices.printer.media import size_of

ATTRIBUTES = (
    "marker-names",
    "marker-types",
    "marker-levels",
    "marker-low-levels",
    "marker-high-levels",
    "printer-supply",
    "printer-supply-description",
    "printer-input-tray",
    "printer-output-tray",
    "media-col-ready",
    "media-ready",
)

LOW_PERCENT = 10
"""From here on a marker is low where the printer names no level of its own, and an input tray in any case."""
MOST = 24
"""Trays or markers that are read: no printer has more, whatever it sends."""
_NAME_LENGTH = 48
_PAIR = re.compile(r"\s*([a-z]{1,32})\s*=\s*([^;]*)", re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_WASTE = "waste"


def supplies_of(told: Attributes) -> Supplies:
    """Return what the printer's attributes amount to."""
    markers = tuple(_markers(told)) or tuple(_described_markers(told))
    return Supplies(markers, tuple(_inputs(told)), tuple(_outputs(told)))


def clean(text: str) -> str:
    """Make a device's word fit for a log and a screen: printable, on one line, of sane length."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_NAME_LENGTH].strip()


def in_words(supplies: Supplies) -> str:
    """Say it in one line, for the heartbeat and the doctor; what is short comes with an exclamation mark."""
    parts = [f"{one.name} {_percent(one.percent)}{'!' * one.low}" for one in supplies.markers]
    parts += [f"{one.name} {_sheets(one.sheets, one.capacity)}{'!' * one.low}" for one in supplies.inputs]
    parts += [f"{one.name} full!" for one in supplies.outputs if one.full]
    return ", ".join(parts)


def _percent(percent: int | None) -> str:
    return "?" if percent is None else f"{percent} %"


def _sheets(sheets: int | None, capacity: int | None) -> str:
    known = "?" if sheets is None else str(sheets)
    return known if capacity is None else f"{known}/{capacity}"


def _markers(told: Attributes) -> Iterator[Marker]:
    """Read the ``marker-*`` lists, which belong together by place."""
    for place, level in enumerate(told.get("marker-levels", ())[:MOST]):
        percent = _in_range(level.plain, 100)
        low_at = _at(told, "marker-low-levels", place)
        full_at = _at(told, "marker-high-levels", place)
        kind = _text_at(told, "marker-types", place)
        name = _text_at(told, "marker-names", place) or kind or f"marker {place + 1}"
        if _WASTE in kind and full_at is not None and 0 < full_at < 100:  # noqa: PLR2004 - per cent
            left = None if percent is None else 100 - percent
            yield Marker(name, kind, left, low=percent is not None and percent >= full_at)
        else:
            yield Marker(name, kind, percent, low=_is_low(percent, low_at))


def _described_markers(told: Attributes) -> Iterator[Marker]:
    """Read ``printer-supply`` with the names beside it."""
    for place, value in enumerate(told.get("printer-supply", ())[:MOST]):
        said = _pairs(value)
        kind = clean(said.get("type", ""))
        level, most = _number(said, "level"), _number(said, "maxcapacity")
        percent = None
        if level is not None and most is not None and most > 0:
            percent = min(level * 100 // most, 100)
        elif level is not None and said.get("unit") == "percent":
            percent = _in_range(level, 100)
        colour = clean(said.get("colorantname", ""))
        colour = "" if colour in {"unknown", "none", "other"} else colour
        name = (
            _text_at(told, "printer-supply-description", place) or f"{colour} {kind}".strip() or f"marker {place + 1}"
        )
        yield Marker(name, kind, percent, low=_is_low(percent, None))


def _inputs(told: Attributes) -> Iterator[InputTray]:
    """Read the trays, with the size of paper that ``media-col-ready`` tells of the source of the same name."""
    sizes = dict(_sizes_ready(told))
    values = told.get("printer-input-tray", ())[:MOST]
    for place, value in enumerate(values):
        said = _pairs(value)
        name = clean(said.get("name", "")) or f"tray {place + 1}"
        size = sizes.get(_plain_name(name))
        sheets, capacity = _number(said, "level"), _number(said, "maxcapacity") or None
        if size is None and _plain_name(name) == "auto":
            continue  # not a tray: "any of the others" (ippeveprinter lists it)
        low = sheets is not None and (sheets == 0 or (capacity is not None and sheets * 100 <= capacity * LOW_PERCENT))
        yield InputTray(name, size, sheets, capacity, low)
    if not values:
        sizes = sizes or dict(_names_ready(told))
        yield from (InputTray(name, size, None, None, low=False) for name, size in sizes.items())


def _outputs(told: Attributes) -> Iterator[OutputTray]:
    for place, value in enumerate(told.get("printer-output-tray", ())[:MOST]):
        said = _pairs(value)
        room = _number(said, "remaining")
        name = clean(said.get("name", "")) or f"output {place + 1}"
        yield OutputTray(name, room, _number(said, "maxcapacity") or None, full=room == 0)


def _sizes_ready(told: Attributes) -> Iterator[tuple[str, tuple[int, int]]]:
    for value in told.get("media-col-ready", ())[:MOST]:
        size = _member(value.plain, "media-size")
        width, length = (_in_range(_member(size, f"{side}-dimension"), 10**7) for side in "xy")
        source = _member(value.plain, "media-source")
        if width and length:
            name = _plain_name(source) if isinstance(source, str) else "auto"
            yield name, (round(width / 100), round(length / 100))  # PWG 5100.7: hundredths of a millimetre


def _names_ready(told: Attributes) -> Iterator[tuple[str, tuple[int, int]]]:
    """Read ``media-ready``, the names alone."""
    for value in told.get("media-ready", ())[:MOST]:
        size = size_of(value.plain) if isinstance(value.plain, str) else None
        if size is not None and isinstance(value.plain, str):
            yield clean(value.plain), size


def _plain_name(name: str) -> str:
    """Make "Tray 1" and "tray-1" one."""
    return "".join(filter(str.isalnum, clean(name).lower()))


def _member(plain: object, name: str) -> object:
    """Return a member's first value of what should be a collection."""
    if not isinstance(plain, Mapping):
        return None
    values: Values = plain.get(name, ())
    return values[0].plain if values else None


def _pairs(value: Value) -> dict[str, str]:
    """Take ``key=value;…`` apart; also where it came as text instead of octets."""
    text = value.plain.decode(errors="replace") if isinstance(value.plain, bytes) else value.plain
    if not isinstance(text, str):
        return {}
    return {key.lower(): said.strip() for key, said in _PAIR.findall(text[:1024])}


def _number(said: Mapping[str, str], key: str) -> int | None:
    """Return a number that is one; None for -1, -2, -3 and nonsense."""
    text = said.get(key, "")
    return int(text) if _NUMBER.fullmatch(text) and int(text) >= 0 else None


def _in_range(plain: object, most: int) -> int | None:
    known = isinstance(plain, int) and not isinstance(plain, bool) and 0 <= plain <= most
    return plain if known and isinstance(plain, int) else None


def _is_low(percent: int | None, low_at: int | None) -> bool:
    return percent is not None and percent <= (LOW_PERCENT if low_at is None else low_at)


def _at(told: Attributes, name: str, place: int) -> int | None:
    values = told.get(name, ())
    return _in_range(values[place].plain, 100) if place < len(values) else None


def _text_at(told: Attributes, name: str, place: int) -> str:
    values = told.get(name, ())
    plain = values[place].plain if place < len(values) else None
    return clean(plain) if isinstance(plain, str) else ""
