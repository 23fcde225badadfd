"""The decoding process: answers, is replaced in time, and never outlives its parent."""

import os
import select
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from devices.scanner.api import Hint, ScannedCode, Seen
from devices.scanner.decoder_process import DecoderLost, DecoderProcess
from devices.virtual.camera_scene import black, code_on_phone
from devices.virtual.camera_scene import counter as empty_counter
from tests.contract.scanners import HANG_S

ROOT = Path(__file__).parents[2]
PAYLOAD = b"\x00 code " + bytes(range(200, 256))
PICTURE = code_on_phone(PAYLOAD)
FOUND = [ScannedCode(PAYLOAD, "zxing-cpp")]


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


def test_a_picture_is_decoded(process: DecoderProcess) -> None:
    """The payload comes back byte for byte; an empty counter gives nothing."""
    assert process.decode(PICTURE, 0.0) == FOUND
    assert process.decode(empty_counter(), 0.0) == []


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
        process.decode(empty_counter(), 0.0)
        process.refresh()
        assert process.pid == first
        process.decode(empty_counter(), 0.0)
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
