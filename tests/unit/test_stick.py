"""Errands with a stick: what is written and taken, what is wrong with a stick told apart, wishes answered once."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk.config import example
from kiosk.stick.errands import IN, IN_AT_WORK, OUT, OUT_AT_WORK, Errand, answering, run
from kiosk.stick.errors import NotDone, StickFull, StickMissing
from kiosk.stick.work import writable
from kiosk.wish import Answer
from tests.command_line import bianmin
from tests.mounts import in_its_own_mounts

_TRY = """
import os, subprocess, sys
from pathlib import Path
from kiosk.stick.errors import StickError
from kiosk.stick.work import writable
from kiosk.support import ways
from tests.terminal_parts import TERMINAL, StandingClock

folder, how = Path(sys.argv[1]), sys.argv[2]
if not folder.is_mount():
    size = {"full": "64k"}.get(how, "8m")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    if how == "pulled":  # as the kernel says it of a stick that is gone: what was written is not there
        strace = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=1"]
        os.execvp("strace", [*strace, *sys.orig_argv])
if how == "protected":
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
before, stick = sorted(os.listdir(folder)), folder
if how == "unmountable":  # but to be read: as FAT's younger brother by some versions of mount(8)
    stick = folder.with_name("rw")
    stick.mkdir()
try:
    with writable(stick, None if stick is folder else folder):
        if how == "filled":
            (folder / "other").write_bytes(bytes(8 * 1024 * 1024 - 200_000))
            before.append("other")
        ways.to_folder(folder, os.urandom(250_000), TERMINAL, StandingClock())
except StickError as error:
    print(error.code, sorted(os.listdir(folder)) == before, sep="|")
"""


@pytest.mark.parametrize(
    ("how", "code"),
    [
        pytest.param("full", "terminal.stick_full", marks=pytest.mark.fault("stick full", code="terminal.stick_full")),
        pytest.param("filled", "terminal.stick_full"),
        pytest.param(
            "protected",
            "terminal.stick_protected",
            marks=pytest.mark.fault("stick read-only", code="terminal.stick_protected"),
        ),
        pytest.param("unmountable", "terminal.stick_protected"),
        pytest.param(
            "pulled",
            "terminal.stick_pulled",
            marks=pytest.mark.fault("stick pulled", code="terminal.stick_pulled"),
        ),
    ],
)
def test_what_is_wrong_with_a_stick(tmp_path: Path, how: str, code: str) -> None:
    """Full before, full while it is written, write-protected, gone in the middle: each its code, and no half file."""
    stick = tmp_path / "stick"
    stick.mkdir()
    assert in_its_own_mounts(_TRY, stick, how).strip() == f"{code}|True"


@pytest.mark.fault("no stick", code="terminal.stick_missing")
def test_a_folder_is_no_stick(tmp_path: Path) -> None:
    """Where nothing is mounted, nothing is written on the terminal's own disk instead."""
    with pytest.raises(StickMissing), writable(tmp_path):
        raise AssertionError("not reached")
    assert list(tmp_path.iterdir()) == []


async def soon(_seconds: float) -> None:
    """Let others work instead of a second."""
    await asyncio.sleep(0.005)


@pytest.mark.parametrize("errand", [Errand.SEND, Errand.BRING_BACK])
async def test_the_screen_is_told_at_the_end_of_the_unit(tmp_path: Path, errand: Errand) -> None:
    """The answer counts when the unit has given it its name, which it does when the stick is unmounted."""
    wishes, at_work = (OUT, OUT_AT_WORK) if errand is Errand.SEND else (IN, IN_AT_WORK)
    asked = asyncio.create_task(run(tmp_path, errand, soon))
    await asyncio.sleep(0.01)
    wish = at_work.take(tmp_path)
    assert wish is not None
    assert (wish.what, wishes.is_there(tmp_path)) == (errand.value, False)
    with answering(at_work, tmp_path, wish) as told:
        told["envelopes"] = 3
    await asyncio.sleep(0.05)
    assert not asked.done()
    (tmp_path / at_work.answer).rename(tmp_path / wishes.answer)
    assert await asked == {"envelopes": 3}


async def test_an_error_is_told_by_its_code(tmp_path: Path) -> None:
    """A known error comes to the screen as its code, a bug or a kill as unexpected; silence ends in half an hour."""
    OUT.leave(tmp_path, "send")
    wish = OUT_AT_WORK.take(tmp_path)
    assert wish is not None
    for error, code in ((StickFull("full"), "terminal.stick_full"), (RuntimeError("bug"), "terminal.unexpected")):
        with suppress(StickFull, RuntimeError), answering(OUT_AT_WORK, tmp_path, wish):
            assert OUT_AT_WORK.answer_to(tmp_path, wish.id) == Answer(wish.id, "terminal.unexpected")
            raise error
        assert OUT_AT_WORK.answer_to(tmp_path, wish.id) == Answer(wish.id, code)
    waited = []

    async def pretend(seconds: float) -> None:
        waited.append(seconds)

    with pytest.raises(NotDone) as caught:
        await run(tmp_path, Errand.SUPPORT, pretend)
    assert caught.value.code == "terminal.unexpected"
    assert 600 <= sum(waited) <= 3600


def test_without_a_wish_nothing_is_done(tmp_path: Path) -> None:
    """The commands are for their units: called by anybody else, they write and take nothing."""
    config = tmp_path / "terminal.toml"
    config.write_text(example().replace("/var/lib/bianmin", str(tmp_path)), encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    for way in ("out", "in"):
        assert bianmin("stick", way, tmp_path, "--config", config).code == 0
    assert sorted(tmp_path.iterdir()) == before
