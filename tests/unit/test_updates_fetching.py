"""A release is fetched over lines that break and onto disks that fill up; it begins where it stopped."""

import os
from pathlib import Path

import httpx  # noqa: TID251 - the transport is the seam that tests use
import pytest

from kiosk.updates.errors import NoRoom
from kiosk.updates.folder import UpdateFolder
from kiosk.updates.state import Applying, Fetching
from tests.update_bench import BLOCK, NEXT, ROOT, SIZE, Bench
from wire.release import Manifest, ReleaseFile, SignedManifest, names_of


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_the_line_is_not_filled(bench: Bench) -> None:
    """Over the whole transfer no more comes in than the configuration allows: 100 kB a second."""
    before = bench.clock.monotonic()
    await bench.run()
    assert bench.clock.monotonic() - before >= SIZE / 100_000
    assert bench.waited


@pytest.mark.fault("update's line drops", code="centre.unreachable")
async def test_a_cut_line_is_gone_on_with(bench: Bench) -> None:
    """Each try begins with the block after the last one that was on disk for good; nothing is fetched thrice."""
    bench.shelf.cut = 3 * BLOCK + 100
    tries = 0
    while not isinstance((await bench.run()).progress.phase, Applying):
        tries += 1
        assert bench.failure() == "centre.unreachable"
        assert tries < 10
        bench.shelf.cut = 3 * BLOCK + 100 if tries < 4 else None
    assert bench.shelf.ranges == [f"bytes={3 * BLOCK * (1 + number)}-" for number in range(len(bench.shelf.ranges))]
    assert len(bench.shelf.ranges) == 4
    assert bench.shelf.sent < 2 * SIZE
    assert (bench.path / ROOT).read_bytes() == (bench.shelf.folder / ROOT).read_bytes()


@pytest.mark.fault("update's line stalls", code="centre.unreachable")
async def test_silence_ends_a_transfer(bench: Bench) -> None:
    """A line that brings nothing any more ends the run, with what came kept for the next one."""

    def silent(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(ROOT):
            raise httpx.ReadTimeout("silence")
        return None

    bench.shelf.meddle = silent
    assert isinstance((await bench.run()).progress.phase, Fetching)
    assert bench.failure() == "centre.unreachable"
    assert names_of(NEXT)[0] in bench.files()


@pytest.mark.fault("update file torn", code="update.damaged")
async def test_a_torn_file_begins_anew(bench: Bench) -> None:
    """A part whose bytes are not what they were (a failing disk) is found out when it is whole, and fetched again."""
    bench.shelf.cut = 5 * BLOCK
    await bench.run()
    part = bench.path / "partial" / ROOT
    content = bytearray(part.read_bytes())
    content[BLOCK : 2 * BLOCK] = bytes(BLOCK)
    part.write_bytes(content)
    bench.shelf.cut = None
    await bench.run()
    assert bench.failure() == "update.damaged"
    assert not part.exists()
    assert isinstance((await bench.run()).progress.phase, Applying)


@pytest.mark.fault("disk full", code="update.no_room")
async def test_no_room_harms_nothing_else(bench: Bench) -> None:
    """With less room than the release and the reserve need, nothing is begun, and what was begun is given back."""
    bench.shelf.cut = 5 * BLOCK
    await bench.run()
    assert ROOT in bench.files()
    bench.reserve = 2**60
    agent = await bench.run()
    assert agent.report().failure == "update.no_room"
    assert ROOT not in bench.files()
    bench.reserve, bench.shelf.cut = 0, None
    assert isinstance((await bench.run()).progress.phase, Applying)


@pytest.mark.fault("disk full", code="update.no_room")
async def test_a_disk_that_fills_up_meanwhile(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that finds no room ends the run with a code; the room is given back to the database."""
    real = os.fsync

    def full(descriptor: int) -> None:
        if ROOT in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(28, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        agent = await bench.run()
    assert agent.report().failure == "update.no_room"
    assert ROOT not in bench.files()
    assert isinstance((await bench.run()).progress.phase, Applying)


def test_no_room_is_told_before_the_first_byte(bench: Bench) -> None:
    """Room is asked for the rest of a file, with the reserve on top."""
    folder = UpdateFolder(bench.path, reserve=2**60)
    assert bench.shelf.offer is not None
    with pytest.raises(NoRoom):
        folder.begin(root_of(bench.shelf.offer))


def root_of(signed: SignedManifest) -> ReleaseFile:
    return Manifest.model_validate_json(signed.content).files[1]
