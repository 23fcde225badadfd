"""A release from a stick: the same as from the centre, whatever else is on the stick."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.updates.errors import FileDamaged, FolderUnusable, NotNewer, UpdateError
from kiosk.updates.state import Applying, Origin, Staged, UpToDate
from tests.releases import release
from tests.update_bench import NEXT, NOW, ROOT, SIZE, Bench
from wire.errors import WireError
from wire.release import MANIFEST, SIGNATURE, SUMS


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.fault("technician while an update is fetched", code="update.busy")
async def test_a_technician_does_not_wait_for_a_slow_line(bench: Bench) -> None:
    """A transfer of hours gives way at its next piece to whoever stands there with a stick, and goes on afterwards."""
    bench.technician = True
    await bench.run()
    assert bench.failure() == "update.busy"
    bench.technician = False
    with bench.agent()._folder.turn(urgent=True):
        await bench.run()
    assert bench.failure() == "update.busy"
    assert isinstance((await bench.run()).progress.phase, Applying)


def stick_of(bench: Bench) -> Path:
    stick = bench.base / "stick"
    release(stick, NEXT, size=SIZE, made_at=NOW - timedelta(days=1))
    return stick


async def test_a_stick_brings_the_same(bench: Bench) -> None:
    """Taken from a stick it waits for the night, or with --now for an idle moment; the centre does not withdraw it."""
    bench.clock.at = NOW + timedelta(hours=10)
    bench.shelf.offer = None
    stick = stick_of(bench)
    agent = bench.agent()
    assert await agent.follow_stick(stick, at_once=False) == NEXT
    agent.apply_when_due()
    assert agent.progress.phase == Staged(NEXT, Origin.STICK)
    assert (await bench.run()).progress.phase == Staged(NEXT, Origin.STICK)
    agent = bench.agent()
    await agent.follow_stick(stick, at_once=True)
    bench.idle = False
    agent.apply_when_due()
    assert "apply" not in bench.files()
    bench.idle = True
    assert isinstance((await bench.run()).progress.phase, Applying)


def _pipe(stick: Path) -> None:
    (stick / ROOT).unlink()
    os.mkfifo(stick / ROOT)


def _link(stick: Path) -> None:
    (stick / "elsewhere").write_bytes((stick / ROOT).read_bytes())
    (stick / ROOT).unlink()
    (stick / ROOT).symlink_to(stick / "elsewhere")


@pytest.mark.fault("hostile stick", code="update.not_ours")
@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        pytest.param(lambda stick: (stick / MANIFEST).unlink(), FolderUnusable, id="no manifest"),
        pytest.param(lambda stick: (stick / SIGNATURE).write_bytes(bytes(64)), WireError, id="signature"),
        pytest.param(lambda stick: (stick / SIGNATURE).write_bytes(bytes(65)), WireError, id="long signature"),
        pytest.param(lambda stick: (stick / MANIFEST).write_bytes(bytes(100_000)), WireError, id="giant manifest"),
        pytest.param(lambda stick: (stick / ROOT).unlink(), FolderUnusable, id="no image"),
        pytest.param(lambda stick: (stick / ROOT).write_bytes(bytes(SIZE)), FileDamaged, id="another image"),
        pytest.param(lambda stick: (stick / ROOT).write_bytes(bytes(SIZE + 1)), WireError, id="longer image"),
        pytest.param(_pipe, WireError, id="pipe"),
        pytest.param(_link, FolderUnusable, id="link"),
        pytest.param(lambda stick: (stick / SUMS).write_bytes(b""), FileDamaged, id="sums"),
    ],
)
async def test_hostile_sticks(bench: Bench, spoil: Callable[[Path], None], error: type[Exception]) -> None:
    """What anybody may have put on a stick is refused with a code, is followed nowhere, and blocks nothing."""
    stick = stick_of(bench)
    spoil(stick)
    agent = bench.agent()
    with pytest.raises(error) as caught:
        await agent.follow_stick(stick, at_once=True)
    assert isinstance(caught.value, UpdateError | WireError)
    agent.apply_when_due()
    assert "apply" not in bench.files()
    assert isinstance((await bench.run()).progress.phase, Applying), "the centre's release is taken all the same"


async def test_an_old_stick_is_refused(bench: Bench) -> None:
    """A stick with an older release, found in a drawer, changes nothing."""
    bench.running = "2026.3"
    with pytest.raises(NotNewer):
        await bench.agent().follow_stick(stick_of(bench), at_once=True)
    assert bench.agent().progress.phase == UpToDate()
