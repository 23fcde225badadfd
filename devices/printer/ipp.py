"""The binary form of IPP messages (RFC 8010) and nothing above it: bytes to attribute groups and back.

Attributes keep their value tags, since IPP tells a keyword from a name only by them. Both ends use this
module: the client that asks a printer, and the virtual printer. What the operations mean stands elsewhere.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from devices.printer.ipp_tags import Group, Tag

MAX_DEPTH = 8
"""Collections nested deeper than this are refused: no printer needs them, and recursion must end."""


class Resolution(NamedTuple):
    """``resolution`` (RFC 8010, 3.9). ``units``: 3 = dots per inch, 4 = dots per centimetre."""

    x: int
    y: int
    units: int = 3


class Range(NamedTuple):
    """``rangeOfInteger``, both ends included."""

    lower: int
    upper: int


Collection = Mapping[str, "Values"]
Plain = int | bool | str | bytes | Resolution | Range | Collection | None


class Value(NamedTuple):
    """One value with its tag. Text is str, octets and dates are bytes, out-of-band values are None."""

    tag: Tag
    plain: Plain


Values = tuple[Value, ...]
Attributes = dict[str, Values]


class IppError(ValueError):
    """The bytes are no IPP message."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response. ``code``: operation-id or status-code; ``data``: the document that follows."""

    code: int
    request_id: int
    groups: tuple[tuple[Group, Attributes], ...]
    data: bytes = field(default=b"", repr=False)
    version: tuple[int, int] = (2, 0)

    def group(self, kind: Group) -> Attributes:
        """Return the first group of that kind; empty where there is none."""
        return next(self.all_of(kind), {})

    def all_of(self, kind: Group) -> Iterator[Attributes]:
        """Yield every group of that kind, in order (Get-Jobs answers one per job)."""
        return (attributes for tag, attributes in self.groups if tag == kind)


def first(attributes: Attributes, name: str) -> Plain:
    """Return an attribute's first value; None where it is absent or out of band."""
    values = attributes.get(name)
    return values[0].plain if values else None


def integer(attributes: Attributes, name: str) -> int | None:
    """Return an attribute's first value where it is an integer or enum."""
    plain = first(attributes, name)
    return plain if isinstance(plain, int) and not isinstance(plain, bool) else None


def texts(attributes: Attributes, name: str) -> tuple[str, ...]:
    """Return all values of an attribute that are text (keywords, names, URIs …)."""
    return tuple(value.plain for value in attributes.get(name, ()) if isinstance(value.plain, str))


def make(tag: Tag, *plains: Plain) -> Values:
    """Build the values of one attribute, all of one tag."""
    return tuple(Value(tag, plain) for plain in plains)


# --- to bytes


def encode(message: Message) -> bytes:
    """Return the message's octets, its document included. Raises :class:`IppError` for a wrong value."""
    parts = [struct.pack(">BBHI", *message.version, message.code, message.request_id)]
    for kind, attributes in message.groups:
        parts.append(bytes([kind]))
        for name, values in attributes.items():
            parts.extend(_encode_attribute(name, values))
    parts += [bytes([Group.END]), message.data]
    return b"".join(parts)


def _encode_attribute(name: str, values: Values) -> Iterator[bytes]:
    for index, value in enumerate(values):
        yield from _encode_value(name if index == 0 else "", value)


def _encode_value(name: str, value: Value) -> Iterator[bytes]:
    if value.tag is Tag.BEGIN_COLLECTION:
        if not isinstance(value.plain, Mapping):
            raise IppError(f"{name}: a collection is a mapping")
        yield _field(Tag.BEGIN_COLLECTION, name, b"")
        for member, values in value.plain.items():
            yield _field(Tag.MEMBER_NAME, "", member.encode())
            for inner in values:
                yield from _encode_value("", inner)
        yield _field(Tag.END_COLLECTION, "", b"")
    else:
        yield _field(value.tag, name, _octets(value))


def _field(tag: Tag, name: str, octets: bytes) -> bytes:
    label = name.encode()
    return struct.pack(">BH", tag, len(label)) + label + struct.pack(">H", len(octets)) + octets


def _octets(value: Value) -> bytes:  # noqa: PLR0911 - one line a syntax
    match value:
        case Value(Tag.BOOLEAN, bool(plain)):
            return bytes([plain])
        case Value(Tag.INTEGER | Tag.ENUM, int(plain)):
            return struct.pack(">i", plain)
        case Value(Tag.RESOLUTION, Resolution(x, y, units)):
            return struct.pack(">iib", x, y, units)
        case Value(Tag.RANGE, Range(lower, upper)):
            return struct.pack(">ii", lower, upper)
        case Value(_, None) if value.tag.out_of_band:
            return b""
        case Value(_, str(plain)) if value.tag.is_text:
            return plain.encode()
        case Value(Tag.OCTETS | Tag.DATE | Tag.TEXT_WITH_LANGUAGE | Tag.NAME_WITH_LANGUAGE, bytes(plain)):
            return plain
    raise IppError(f"{value.tag.name} cannot carry {type(value.plain).__name__}")


# --- from bytes


@dataclass(slots=True)
class _Cursor:
    octets: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        piece = self.octets[self.at : self.at + count]
        if len(piece) != count:
            raise IppError(f"ends at octet {len(self.octets)}, in the middle of a field")
        self.at += count
        return piece

    def short(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def peek(self) -> int:
        if self.at >= len(self.octets):
            raise IppError("ends without end-of-attributes")
        return self.octets[self.at]


def decode(octets: bytes) -> Message:
    """Read a message; what follows its attributes is ``data``. Raises :class:`IppError`."""
    cursor = _Cursor(octets)
    major, minor, code, request_id = struct.unpack(">BBHI", cursor.take(8))
    groups: list[tuple[Group, Attributes]] = []
    while (mark := cursor.take(1)[0]) != Group.END:
        groups.append((_known(Group, mark), _decode_group(cursor)))
    return Message(code, request_id, tuple(groups), octets[cursor.at :], (major, minor))


def _known(kind: type[Group], mark: int) -> Group:
    try:
        return kind(mark)
    except ValueError as error:
        raise IppError(f"no group begins with tag {mark:#04x}") from error


def _decode_group(cursor: _Cursor) -> Attributes:
    attributes: dict[str, list[Value]] = {}
    current: list[Value] | None = None
    while cursor.peek() >= Tag.FIRST:
        tag, name, octets = _read_field(cursor)
        if name:
            current = attributes.setdefault(name, [])
        if current is None:
            raise IppError("a group begins with a further value of nothing")
        current.append(_decode_value(cursor, tag, octets, depth=0))
    return {name: tuple(values) for name, values in attributes.items()}


def _read_field(cursor: _Cursor) -> tuple[Tag, str, bytes]:
    tag = Tag(cursor.take(1)[0])
    name = cursor.take(cursor.short()).decode(errors="replace")
    return tag, name, cursor.take(cursor.short())


def _decode_value(cursor: _Cursor, tag: Tag, octets: bytes, depth: int) -> Value:
    if tag is Tag.BEGIN_COLLECTION:
        return Value(tag, _decode_collection(cursor, depth + 1))
    return Value(tag, _plain(tag, octets))


def _decode_collection(cursor: _Cursor, depth: int) -> Collection:
    if depth > MAX_DEPTH:
        raise IppError(f"collections nested more than {MAX_DEPTH} deep")
    members: dict[str, list[Value]] = {}
    current: list[Value] | None = None
    while True:
        tag, _, octets = _read_field(cursor)
        if tag is Tag.END_COLLECTION:
            return {name: tuple(values) for name, values in members.items()}
        if tag is Tag.MEMBER_NAME:
            current = members.setdefault(octets.decode(errors="replace"), [])
        elif current is None:
            raise IppError("a collection begins with a value without a member's name")
        else:
            current.append(_decode_value(cursor, tag, octets, depth))


def _plain(tag: Tag, octets: bytes) -> Plain:
    try:
        match tag:
            case Tag.BOOLEAN:
                return struct.unpack(">?", octets)[0] is True
            case Tag.INTEGER | Tag.ENUM:
                return int.from_bytes(struct.unpack(">4s", octets)[0], "big", signed=True)
            case Tag.RESOLUTION:
                return Resolution(*struct.unpack(">iib", octets))
            case Tag.RANGE:
                return Range(*struct.unpack(">ii", octets))
    except struct.error as error:
        raise IppError(f"{tag.name} of {len(octets)} octets") from error
    if tag.out_of_band:
        return None
    return octets.decode(errors="replace") if tag.is_text else octets
