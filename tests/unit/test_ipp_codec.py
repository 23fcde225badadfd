"""IPP messages: octets as RFC 8010 lays them out, and nothing that crashes the reader."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.printer.ipp import (
    MAX_DEPTH,
    Attributes,
    IppError,
    Message,
    Plain,
    Range,
    Resolution,
    Value,
    decode,
    encode,
    first,
    integer,
    make,
    texts,
)
from devices.printer.ipp_tags import Group, Operation, Tag

# RFC 8010, appendix A.1 in small: version, operation, number, operation group, three attributes, end, document.
PRINT_JOB = bytes.fromhex(
    "0101 0002 00000001 01"
    "47 0012 617474726962757465732d63686172736574 0005 7574662d38"
    "42 0008 6a6f622d6e616d65 0006 666f6f626172"
    "02"
    "21 0006 636f70696573 0004 00000014"
    "44 0005 7369646573 0013 74776f2d73696465642d6c6f6e672d65646765"
    "03"
    "25504446".replace(" ", "")
)
PRINT_JOB_READ = Message(
    code=Operation.PRINT_JOB,
    request_id=1,
    version=(1, 1),
    groups=(
        (
            Group.OPERATION,
            {"attributes-charset": make(Tag.CHARSET, "utf-8"), "job-name": make(Tag.NAME, "foobar")},
        ),
        (Group.JOB, {"copies": make(Tag.INTEGER, 20), "sides": make(Tag.KEYWORD, "two-sided-long-edge")}),
    ),
    data=b"%PDF",
)


def test_reads_and_writes_the_standards_layout() -> None:
    """A Print-Job request as in RFC 8010, appendix A.1, reads and writes octet for octet."""
    assert decode(PRINT_JOB) == PRINT_JOB_READ
    assert encode(PRINT_JOB_READ) == PRINT_JOB


def test_a_collection_keeps_its_members() -> None:
    """Collections nest, and their members may have several values (RFC 8010, 3.1.6)."""
    size = {"x-dimension": make(Tag.INTEGER, 21000), "y-dimension": make(Tag.INTEGER, 29700)}
    media = {"media-size": make(Tag.BEGIN_COLLECTION, size), "media-type": make(Tag.KEYWORD, "plain", "thick")}
    message = Message(0, 7, ((Group.PRINTER, {"media-col-ready": make(Tag.BEGIN_COLLECTION, media, media)}),))
    assert decode(encode(message)) == message


def test_an_unknown_tag_is_kept_aside() -> None:
    """A value of a syntax nobody knows here does not spoil the attributes around it."""
    strange = PRINT_JOB.replace(b"\x42\x00\x08job-name", b"\x5e\x00\x08job-name")
    told = decode(strange).group(Group.OPERATION)
    assert told["job-name"] == (Value(Tag.OTHER, b"foobar"),)
    assert first(told, "attributes-charset") == "utf-8"


def test_absent_and_out_of_band_values_are_none() -> None:
    """no-value and a missing attribute read alike."""
    told = decode(encode(Message(0, 1, ((Group.JOB, {"time-at-completed": make(Tag.NO_VALUE, None)}),))))
    job = told.group(Group.JOB)
    assert first(job, "time-at-completed") is None
    assert integer(job, "job-id") is None
    assert texts(job, "job-state-reasons") == ()
    assert told.group(Group.PRINTER) == {}


@pytest.mark.parametrize("cut", range(len(PRINT_JOB) - 4))
def test_a_message_cut_off_anywhere_is_refused(cut: int) -> None:
    """A connection that breaks gives an error, never half a message."""
    with pytest.raises(IppError):
        decode(PRINT_JOB[:cut])


@pytest.mark.parametrize(
    "octets",
    [
        bytes.fromhex("0200 0000 00000001 0f 03"),  # no such group
        bytes.fromhex("0200 0000 00000001 02 21 0000 0004 00000001 03"),  # a further value of nothing
        bytes.fromhex("0200 0000 00000001 02 21 0001 61 0003 000001 03"),  # an integer of three octets
        bytes.fromhex("0200 0000 00000001 02 34 0001 61 0000 21 0000 0004 00000001 37 0000 0000 03"),
        bytes.fromhex("0200 0000 00000001 02") + bytes.fromhex("34 0001 61 0000 4a 0000 0001 62") * (MAX_DEPTH + 2),
    ],
)
def test_nonsense_is_refused(octets: bytes) -> None:
    """What breaks the grammar is an error."""
    with pytest.raises(IppError):
        decode(octets)


def test_a_value_must_fit_its_tag() -> None:
    """Text is no integer, and true is none either where a resolution is wanted."""
    for value in (Value(Tag.INTEGER, "20"), Value(Tag.RESOLUTION, 300), Value(Tag.BEGIN_COLLECTION, "x")):
        with pytest.raises(IppError):
            encode(Message(0, 1, ((Group.JOB, {"copies": (value,)}),)))


_int32 = st.integers(-(2**31), 2**31 - 1)
_simple: st.SearchStrategy[Value] = st.one_of(
    st.builds(Value, st.sampled_from([Tag.INTEGER, Tag.ENUM]), _int32),
    st.builds(Value, st.just(Tag.BOOLEAN), st.booleans()),
    st.builds(Value, st.sampled_from([Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI]), st.text(max_size=9)),
    st.builds(Value, st.sampled_from([Tag.OCTETS, Tag.DATE]), st.binary(max_size=9)),
    st.builds(Value, st.just(Tag.RANGE), st.builds(Range, _int32, _int32)),
    st.builds(Value, st.just(Tag.RESOLUTION), st.builds(Resolution, _int32, _int32, st.sampled_from([3, 4]))),
    st.builds(Value, st.sampled_from([Tag.NO_VALUE, Tag.UNKNOWN, Tag.UNSUPPORTED]), st.none()),
)
_names = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=9)


def _collection(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    members: st.SearchStrategy[Plain] = st.dictionaries(
        _names, st.lists(values, min_size=1, max_size=2).map(tuple), max_size=2
    )
    return st.builds(Value, st.just(Tag.BEGIN_COLLECTION), members)


_values = st.one_of(_simple, _simple, _collection(_simple), _collection(_collection(_simple)))
_attributes = st.dictionaries(_names, st.lists(_values, min_size=1, max_size=2).map(tuple), max_size=2)
_kinds = st.sampled_from([kind for kind in Group if kind is not Group.END])


@given(st.lists(st.tuples(_kinds, _attributes), max_size=2).map(tuple), st.binary(max_size=20))
def test_what_is_written_reads_the_same(groups: tuple[tuple[Group, Attributes], ...], data: bytes) -> None:
    """Any message survives the way to octets and back."""
    message = Message(0x0B, 99, groups, data)
    assert decode(encode(message)) == message


@given(st.binary(max_size=200))
def test_random_octets_never_crash(octets: bytes) -> None:
    """Whatever a device sends, the answer is a message or an IppError."""
    with suppress(IppError):
        decode(b"\x02\x00\x00\x00\x00\x00\x00\x01" + octets)
