"""The decoding process: answers, dies, hangs, is replaced, and never outlives its parent."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.scanner.api import Hint, ScannedCode, Seen
from devices.scanner.decoder_child import from_reply, to_reply
from devices.scanner.decoder_process import DecoderLost, DecoderProcess
from devices.virtual.camera_scene import black, code_on_phone, counter

ROOT = Path(__file__).parents[2]
PAYLOAD = b"\x00 code " + bytes(range(200, 256))
PICTURE = code_on_phone(PAYLOAD)
FOUND = [ScannedCode(PAYLOAD, "zxing-cpp")]
HANG_S = 20.0

KEYS = st.sampled_from(("codes", "hint", "searching", "eci", ""))
JSON = KEYS | st.none() | st.integers() | st.sampled_from(("00ff", "zbar"))


def keyed(values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(KEYS, values)


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


HANGING = """
import sys
from devices.scanner.decoder_child import confine, serve
from devices.scanner.api import Seen
def see(picture, budget_s, turn):
    while picture.max() > 200:  # a picture with white in it never ends
        pass
    return Seen(())
confine()
serve(see, sys.stdin.buffer, sys.stdout.buffer)
"""


@pytest.fixture
def process() -> Iterator[DecoderProcess]:
    process = DecoderProcess(deadline_s=2.0)
    yield process
    process.close()


def test_a_picture_is_decoded(process: DecoderProcess) -> None:
    """The payload comes back byte for byte; an empty counter gives nothing."""
    assert process.decode(PICTURE, 0.0) == FOUND
    assert process.decode(counter(), 0.0) == []


def test_a_killed_process_is_replaced_within_a_second(process: DecoderProcess) -> None:
    """A crash costs one picture and under a second; the next picture is decoded by another process."""
    process.wait_ready()
    crashed = process.pid
    os.kill(crashed, signal.SIGKILL)
    began = time.monotonic()
    with pytest.raises(DecoderLost):
        process.decode(PICTURE, 0.0)
    assert process.decode(PICTURE, 0.0) == FOUND
    assert process.pid != crashed
    assert time.monotonic() - began < HANG_S  # measured: 0.3 s


def test_a_stopped_process_is_killed_at_its_deadline() -> None:
    """A process that hangs for good is found out, killed and replaced."""
    process = DecoderProcess(deadline_s=0.3)
    try:
        process.wait_ready()
        hung = process.pid
        os.kill(hung, signal.SIGSTOP)
        with pytest.raises(DecoderLost):
            process.decode(PICTURE, 0.0)
        with pytest.raises(ProcessLookupError):
            os.kill(hung, 0)
        process.wait_ready()
        assert process.pid != hung
    finally:
        process.close()


REPLY = "import sys; sys.stdout.buffer.write({length}.to_bytes(4, 'little') + {body!r})"


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


def test_a_hint_comes_with_the_reply(process: DecoderProcess) -> None:
    """The child also says why nothing is read."""
    assert process.see(black(), 0.0) == Seen((), Hint.TOO_DARK)
    assert process.see(PICTURE, 0.0) == Seen(tuple(FOUND))


def test_a_closed_process_is_not_replaced(process: DecoderProcess) -> None:
    """After close nothing decodes, nothing starts, and closing again does no harm."""
    process.close()
    with pytest.raises(DecoderLost):
        process.decode(PICTURE, 0.0)
    process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_many_pictures_bring_a_fresh_process() -> None:
    """After its share of pictures a process is replaced, so that a leak has an end."""
    process = DecoderProcess(pictures_per_process=2)
    try:
        first = process.pid
        process.decode(counter(), 0.0)
        process.refresh()
        assert process.pid == first
        process.decode(counter(), 0.0)
        process.refresh()
        assert process.pid != first
        assert process.decode(PICTURE, 0.0) == FOUND
    finally:
        process.close()


def test_the_child_knows_no_screen_and_can_write_no_file(process: DecoderProcess) -> None:
    """The process has loaded neither kivy nor our application, and its limits forbid files and core dumps."""
    process.wait_ready()
    maps = Path(f"/proc/{process.pid}/maps").read_text("utf-8")
    assert "zxing" in maps
    assert "kivy" not in maps
    limits = Path(f"/proc/{process.pid}/limits").read_text("utf-8").splitlines()
    forbidden = [line for line in limits if line.startswith(("Max file size", "Max core file size"))]
    assert [line.split()[-3:-1] for line in forbidden] == [["0", "0"], ["0", "0"]]


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "hanging in a picture"])
def test_it_does_not_outlive_its_parent(busy: bool) -> None:  # noqa: FBT001 - a table's column
    """The terminal is killed: its decoding process ends too, even in the middle of a picture."""
    parent = f"""
import sys, numpy as np
from devices.scanner.decoder_process import DecoderProcess
process = DecoderProcess((sys.executable, "-c", {HANGING!r}), deadline_s=1.0)
process.wait_ready()
print(process.pid, flush=True)
if {busy}:
    process.decode(np.full((8, 8, 3), 255, np.uint8), 0.0)
sys.stdin.read()
"""
    with subprocess.Popen((sys.executable, "-c", parent), cwd=ROOT, stdin=-1, stdout=-1) as running:
        assert running.stdout is not None
        child = os.pidfd_open(int(running.stdout.readline()))
        try:
            if busy:
                assert not select.select([child], [], [], 0.2)[0]
            running.kill()
            assert select.select([child], [], [], HANG_S)[0]
        finally:
            os.close(child)


def test_the_hanging_decoder_of_this_suite_does_hang() -> None:
    """Guards the test above: a white picture never ends, a black one does."""
    process = DecoderProcess((sys.executable, "-c", HANGING), deadline_s=0.3)
    try:
        assert process.decode(np.zeros((8, 8, 3), np.uint8), 0.0) == []
        with pytest.raises(DecoderLost):
            process.decode(np.full((8, 8, 3), 255, np.uint8), 0.0)
    finally:
        process.close()
