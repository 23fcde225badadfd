"""The update agent: fetches, waits for its hour, hands over, and notices what became of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.updates.agent import in_hours
from kiosk.updates.errors import FolderUnusable, GivenUpBefore
from kiosk.updates.state import PROVEN_AFTER_S, Applying, GivenUp, Proving, Staged, UpToDate
from tests.killed_at import killed_at
from tests.pretend_centre import refused
from tests.releases import release
from tests.update_bench import NEXT, NOW, ROOT, RUNS, SIZE, Bench
from wire.release import MANIFEST, SIGNATURE, UpdatePhase, names_of


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_from_offer_to_restart(bench: Bench) -> None:
    """Fetched, proven, handed over at night; it runs, is watched for a while, and what it came from is gone."""
    agent = await bench.run()
    assert isinstance(agent.progress.phase, Applying)
    assert bench.files() == {*names_of(NEXT), MANIFEST, SIGNATURE, "apply"}
    assert (bench.path / ROOT).read_bytes() == (bench.shelf.folder / ROOT).read_bytes()
    report = agent.report()
    assert (report.phase, report.wanted, report.running) == (UpdatePhase.APPLYING, NEXT, RUNS)
    assert report.fetched == report.size > SIZE
    bench.verdict(installed=True)
    assert isinstance((await bench.run()).progress.phase, Applying), "the restart is still to come"
    bench.running, bench.boot, bench.clock.since_boot = NEXT, "boot-2", 60.0
    agent = await bench.run()
    assert agent.progress.phase == Proving(NEXT, RUNS)
    assert agent.report().phase is UpdatePhase.PROVING
    bench.clock.pass_(PROVEN_AFTER_S)
    agent = await bench.run()
    assert agent.progress.phase == UpToDate()
    assert agent.report().phase is UpdatePhase.UP_TO_DATE
    assert bench.files() == set()


@pytest.mark.parametrize(
    ("hour", "hours", "idle", "marked"),
    [
        (2, (2, 5), True, True),
        (4, (2, 5), True, True),
        (5, (2, 5), True, False),
        (1, (2, 5), True, False),
        (3, (2, 5), False, False),
        (23, (22, 4), True, True),
        (3, (22, 4), True, True),
        (12, (22, 4), True, False),
        (12, (0, 0), True, True),
    ],
)
async def test_only_in_idle_hours(bench: Bench, hour: int, hours: tuple[int, int], *, idle: bool, marked: bool) -> None:
    """The mark is left between the configured hours of China's time, and only when nobody is served."""
    bench.clock.at = datetime(2026, 11, 23, (hour - 8) % 24, 0, tzinfo=UTC)
    assert in_hours(bench.clock.now(), hours) is (marked or not idle)
    bench.hours, bench.idle = hours, idle
    bench.shelf.offer = release(bench.shelf.folder, NEXT, size=1_000, made_at=NOW - timedelta(days=1))
    await bench.run()
    assert ("apply" in bench.files()) is marked


async def test_a_withdrawn_release_goes(bench: Bench) -> None:
    """A roll-out that is paused or taken back stops the transfer and the installation."""
    bench.idle = False
    assert isinstance((await bench.run()).progress.phase, Staged)
    bench.shelf.offer, bench.idle = None, True
    assert (await bench.run()).progress.phase == UpToDate()
    assert bench.files() == set()


async def test_without_a_line_what_is_here_counts(bench: Bench) -> None:
    """A line that is down at night keeps no terminal from installing what it fetched by day."""
    bench.idle = False
    await bench.run()
    bench.idle = True
    bench.shelf.meddle = lambda _request: refused("centre.failed", 500)
    assert isinstance((await bench.run()).progress.phase, Applying)


@pytest.mark.fault("update does not start", code="update.fell_back")
async def test_a_fallback_is_noticed_reported_and_final(bench: Bench) -> None:
    """Installed, restarted, and the old version runs: the boot loader went back. That one is never fetched again."""
    await bench.run()
    bench.verdict(installed=True)
    bench.boot, sent = "boot-2", bench.shelf.sent
    for _ in range(3):
        agent = await bench.run()
        assert agent.progress.phase == GivenUp(NEXT, "update.fell_back")
        report = agent.report()
        assert (report.phase, report.wanted, report.failure) == (UpdatePhase.GIVEN_UP, NEXT, "update.fell_back")
    assert bench.shelf.sent == sent
    assert bench.files() == set()
    with pytest.raises(GivenUpBefore):
        await bench.agent().follow_stick(bench.shelf.folder, at_once=True)


@pytest.mark.fault("update does not start", code="update.fell_back")
async def test_a_version_that_ran_for_a_while_and_fell_back(bench: Bench) -> None:
    """The agent ran on the new version before that was judged: its fallback is one all the same."""
    await bench.run()
    bench.verdict(installed=True)
    bench.running, bench.boot, bench.clock.since_boot = NEXT, "boot-2", 700.0
    assert isinstance((await bench.run()).progress.phase, Proving)
    bench.running, bench.boot = RUNS, "boot-3"
    sent = bench.shelf.sent
    for _ in range(2):
        assert (await bench.run()).progress.phase == GivenUp(NEXT, "update.fell_back")
    assert bench.shelf.sent == sent


@pytest.mark.fault("power cut while an update is installed", code="update.install_failed")
async def test_power_cut_while_installing(bench: Bench) -> None:
    """No verdict and another boot: the installation did not end. It is tried again, with what is here proven anew."""
    await bench.run()
    (bench.path / "apply").unlink()
    bench.boot, sent = "boot-2", bench.shelf.sent
    assert isinstance((await bench.run()).progress.phase, Applying)
    assert bench.shelf.sent == sent


@pytest.mark.fault("update agent killed", code=None)
async def test_killed_at_any_step(bench: Bench) -> None:
    """The end comes at every flush and every rename in turn: the next start goes on; what is handed over is whole."""
    fatal, struck = 0, True
    while struck:
        with killed_at(fatal, "fsync", "replace") as killer:
            await bench.run()
        struck = killer.struck
        if "apply" in bench.files():
            assert all(
                (bench.path / name).read_bytes() == (bench.shelf.folder / name).read_bytes() for name in names_of(NEXT)
            )
        fatal += 1
    assert fatal > 9
    assert isinstance(bench.agent().progress.phase, Applying)


@pytest.mark.fault("update folder unusable", code="update.unreadable")
async def test_a_folder_that_is_not_there(bench: Bench) -> None:
    """A partition that was not mounted has a code, and the terminal serves on."""
    bench.path.rmdir()
    with pytest.raises(FolderUnusable):
        await bench.run()


def test_a_damaged_record_is_as_none(bench: Bench) -> None:
    """The agent begins anew where its own record cannot be read: what lies there is proven before it is used."""
    (bench.path / "state.json").write_bytes(b'{"phase": {"kind": "staged", "vers')
    assert bench.agent().progress.phase == UpToDate()
