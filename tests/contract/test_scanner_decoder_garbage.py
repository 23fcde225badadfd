"""A decoding process that sends something else than was agreed, or nothing: it may be in a hostile symbol's hands."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.scanner.api import Hint, ScannedCode, Seen
from devices.scanner.decoder_child import from_reply, to_reply
from devices.scanner.decoder_process import DecoderLost, DecoderProcess

KEYS = st.sampled_from(("codes", "hint", "searching", "eci", ""))
JSON = KEYS | st.none() | st.integers() | st.sampled_from(("00ff", "zbar"))
REPLY = "import sys; sys.stdout.buffer.write({length}.to_bytes(4, 'little') + {body!r})"


def keyed(values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(KEYS, values)


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.fault("decoder answers garbage, or nothing")
@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit",
        "import signal; signal.pause()",
        REPLY.format(length=2**31, body=b""),
        REPLY.format(length=100, body=b"{"),
        REPLY.format(length=3, body=b"[7]"),
        REPLY.format(length=10, body=b'{"codes": '),
        REPLY.format(length=60000, body=b"[" * 60000),
    ],
    ids=["ends", "says nothing", "claims 2 GB", "stops in the middle", "other content", "no JSON", "too deep"],
)
def test_a_program_that_is_no_decoder_is_lost_not_believed(program: str) -> None:
    """Whatever comes instead of the agreed reply ends that process."""
    process = DecoderProcess((sys.executable, "-c", program), start_timeout_s=0.3)
    try:
        with pytest.raises(DecoderLost):
            process.wait_ready()
    finally:
        process.close()


@pytest.mark.fault("decoder answers garbage, or nothing")
@given(st.binary(max_size=200) | st.recursive(JSON, lambda more: st.lists(more) | keyed(more)).map(dumped))
def test_any_reply_is_understood_or_refused(body: bytes) -> None:
    """Whatever a process in a hostile symbol's hands sends: what was agreed, or ValueError, nothing else."""
    try:
        seen = from_reply(body)
    except ValueError:
        return
    assert all(type(code) is ScannedCode for code in seen.codes)


@given(
    st.lists(st.tuples(st.binary(), st.text(), st.none() | st.integers(0, 999_999))), st.none() | st.sampled_from(Hint)
)
def test_a_reply_comes_back_as_it_was_sent(codes: list[tuple[bytes, str, int | None]], hint: Hint | None) -> None:
    """What the child says is what the parent hears."""
    seen = Seen(tuple(ScannedCode(*code) for code in codes), hint)
    assert from_reply(to_reply(seen)) == seen
