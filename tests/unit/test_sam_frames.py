"""Frames of the SAM module: golden bytes, and resynchronisation after anything."""

from hypothesis import given
from hypothesis import strategies as st

from devices.card_reader.sam_frames import (
    FIND,
    PREAMBLE,
    READ,
    SELECT,
    FrameDecoder,
    frame,
    reply_body,
    reply_of,
)
from devices.card_reader.sam_hid import Reports


def test_golden_commands() -> None:
    """Commands are the bytes that the vendors' manuals print."""
    assert FIND.frame() == bytes.fromhex("AAAAAA9669 0003 2001 22")
    assert SELECT.frame() == bytes.fromhex("AAAAAA9669 0003 2002 21")
    assert READ.frame() == bytes.fromhex("AAAAAA9669 0003 3001 32")


def test_golden_reply() -> None:
    """A reply's status and data are found where the manuals put them; it answers its command alone."""
    (body,) = FrameDecoder().feed(bytes.fromhex("AAAAAA9669 0008 00009F 00000000 97"))
    reply = reply_of(body)
    assert reply is not None
    assert (reply.status, reply.data) == (0x9F, bytes(4))
    assert reply.answers(FIND)
    assert not reply.answers(SELECT)
    assert not reply.answers(READ)


def test_a_read_reply_has_one_size() -> None:
    """1295 bytes on the line: a frame of another size is no answer to a read."""
    whole = frame(reply_body(0x90, bytes(4 + 256 + 1024)))
    assert len(whole) == 1295
    short = reply_of(reply_body(0x90, bytes(8)))
    assert short is not None
    assert not short.answers(READ)


@given(st.binary(max_size=40), st.binary(max_size=300), st.integers(1, 50))
def test_a_frame_is_found_after_noise(noise: bytes, payload: bytes, step: int) -> None:
    """Whatever came before, in whatever pieces, a whole frame is found (noise may swallow no sound frame)."""
    body = reply_body(0x90, payload)
    stream = noise.replace(b"\xaa", b"\xab") + frame(body)
    decoder = FrameDecoder()
    found = [one for at in range(0, len(stream), step) for one in decoder.feed(stream[at : at + step])]
    assert found == [body]


def test_a_damaged_frame_does_not_hide_the_next() -> None:
    """After a wrong checksum, the next frame is found, even inside what the damaged one claimed to be."""
    good = frame(reply_body(0x90, b"good"))
    damaged = frame(reply_body(0x90, b"evil"))[:-1] + b"\x00"
    claims_more = b"\xaa\xaa\xaa\x96\x69\x00\x0a"
    decoder = FrameDecoder()
    assert decoder.feed(damaged + good) == [reply_body(0x90, b"good")]
    assert decoder.feed(claims_more + good) == [reply_body(0x90, b"good")]
    assert decoder.damaged == 2


def test_a_mad_length_is_skipped() -> None:
    """A length that no frame has is noise, not a reason to wait for 64 kB."""
    decoder = FrameDecoder()
    good = frame(reply_body(0x80))
    assert decoder.feed(b"\xaa\xaa\xaa\x96\x69\xff\xff" + good) == [reply_body(0x80)]


def test_a_reply_hides_its_data() -> None:
    """What a card said is not in a repr, which may end in a log."""
    reply = reply_of(reply_body(0x90, b"secret"))
    assert "secret" not in repr(reply)


@given(
    st.lists(st.one_of(st.binary(max_size=60), st.just(PREAMBLE), st.just(PREAMBLE + b"\x00\x04\x00\x00")), max_size=30)
)
def test_whatever_comes(pieces: list[bytes]) -> None:
    """Any stream in any pieces gives frames whose checksums are right, and what follows it can be found again."""
    decoder = FrameDecoder()
    for body in [one for piece in pieces for one in decoder.feed(piece)]:
        assert body in b"".join(pieces)
        reply = reply_of(body)
        assert reply is None or len(reply.data) == len(body) - 3
    good = frame(reply_body(0x90, b"good"))
    longest_claim = bytes(4096)  # what may still be waited for
    assert reply_body(0x90, b"good") in decoder.feed(longest_claim + good * 2)


@given(st.binary(min_size=1, max_size=3000), st.integers(2, 255), st.booleans())
def test_reports_carry_frames(payload: bytes, size: int, counted: bool) -> None:  # noqa: FBT001
    """A frame cut into HID reports of any size, in either way, comes out of them whole."""
    reports = Reports(size, counted)
    packed = reports.packed(frame(payload))
    assert {len(report) for report in packed} == {size}
    decoder = FrameDecoder()
    assert [body for report in packed for body in decoder.feed(reports.unpacked(report))] == [payload]


@given(st.binary(max_size=64))
def test_any_report(report: bytes) -> None:
    """A report of any content is unpacked to some bytes of it; a first byte that cannot be a count carries nothing."""
    assert Reports().unpacked(report) in report
    assert Reports().unpacked(b"\xff" + report) == b""
