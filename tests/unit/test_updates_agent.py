"""The update agent: fetches, proves, waits for its hour, hands over, and notices what became of it."""

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx  # noqa: TID251 - the transport is the seam that tests use
import pytest

from central.updates.ranges import Part, asked
from kiosk.config import Updates
from kiosk.sync.client import CentreClient
from kiosk.updates import folder as folder_module
from kiosk.updates.agent import Agent, Here, in_hours
from kiosk.updates.applying import VERDICT
from kiosk.updates.errors import FileDamaged, FolderUnusable, GivenUpBefore, NoRoom, NotNewer, UpdateError
from kiosk.updates.folder import UpdateFolder
from kiosk.updates.state import PROVEN_AFTER_S, Applying, Fetching, GivenUp, Origin, Proving, Staged, UpToDate
from tests.pretend_centre import refused, said
from tests.releases import OTHER_KEY, RELEASE_KEY, release
from tests.terminal_parts import TERMINAL, StandingClock
from wire.errors import WireError
from wire.protocol import HEADER
from wire.release import (
    MANIFEST,
    SIGNATURE,
    SUMS,
    Manifest,
    ReleaseFile,
    SignedManifest,
    UpdateOffer,
    UpdatePhase,
    names_of,
)

URL = "http://localhost"
RUNS, NEXT = "2026.1", "2026.2"
NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)  # half past two at night in China
BLOCK = 8_192
SIZE = 100_000
ROOT = names_of(NEXT)[1]
Meddle = Callable[[httpx.Request], httpx.Response | None]


class Cut(httpx.AsyncByteStream):
    """A body that ends too early."""

    def __init__(self, content: bytes, after: int) -> None:
        self._content, self._cut = content[:after], len(content) > after

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), 1_000):
            yield self._content[start : start + 1_000]
        if self._cut:
            raise httpx.ReadError("the line was cut")


@dataclass
class Shelf:
    """The centre's side: what is offered, from which folder. ``cut``: after how many bytes each answer ends."""

    folder: Path
    offer: SignedManifest | None = None
    cut: int | None = None
    meddle: Meddle | None = None
    ranges: list[str] = field(default_factory=list)
    sent: int = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.meddle is not None and (instead := self.meddle(request)) is not None:
            return instead
        *_, version, name = request.url.path.split("/")
        if name == "update":
            return said(UpdateOffer(release=self.offer))
        assert version == NEXT
        content = (self.folder / name).read_bytes()
        etag = f'"{_digest(self.folder, name)}"'
        part = asked(request.headers, len(content), etag)
        headers = {HEADER: "1", "ETag": etag}
        status, body = 200, content
        if isinstance(part, Part):
            self.ranges.append(request.headers["Range"])
            status, body = 206, content[part.first : part.last + 1]
            headers["Content-Range"] = f"bytes {part.first}-{part.last}/{len(content)}"
        self.sent += len(body) if self.cut is None else min(self.cut, len(body))
        stream = httpx.ByteStream(body) if self.cut is None else Cut(body, self.cut)
        return httpx.Response(status, headers=headers, stream=stream)


def _digest(folder: Path, name: str) -> str:
    files = json.loads((folder / MANIFEST).read_bytes())["files"]
    return str({file["name"]: file["sha256"] for file in files}[name])


@dataclass
class Bench:
    """One terminal's agent, built anew for each run as the timer does."""

    base: Path
    clock: StandingClock = field(default_factory=lambda: StandingClock(NOW))
    running: str = RUNS
    boot: str = "boot-1"
    idle: bool = True
    technician: bool = False
    reserve: int = 0
    hours: tuple[int, int] = (2, 5)
    waited: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.base / "shelf")
        self.path = self.base / "updates"
        self.verdicts = self.base / "verdicts"
        for folder in (self.path, self.verdicts):
            folder.mkdir()
        self.shelf.offer = release(self.shelf.folder, NEXT, size=SIZE, made_at=NOW - timedelta(days=1))

    def agent(self) -> Agent:
        here = Here(self.running, self.boot, (RELEASE_KEY.public_key(),), self.verdicts)
        folder = UpdateFolder(self.path, reserve=self.reserve, block=BLOCK)
        settings = Updates(hours=self.hours, most_kb_per_s=100)
        return Agent(folder, here, self.clock, settings, idle=lambda: self.idle, wanted=lambda: self.technician)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[CentreClient]:
        transport = httpx.MockTransport(self.shelf.answer)
        async with CentreClient(URL, self.clock, terminal=TERMINAL, transport=transport) as client:
            yield client

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock.pass_(seconds)

    async def run(self) -> Agent:
        """Do what one start of the agent does."""
        agent = self.agent()
        agent.look()
        async with self.client() as client:
            await agent.follow_centre(client, self.sleep)
        agent.apply_when_due()
        return agent

    def verdict(self, *, installed: bool, code: str = "") -> None:
        """Say what the installer says of the last mark."""
        mark = json.loads((self.path / "apply").read_bytes())["mark"]
        (self.path / "apply").unlink()
        (self.verdicts / VERDICT).write_text(json.dumps({"mark": mark, "installed": installed, "code": code}))

    def failure(self) -> str:
        return self.agent().report().failure

    def files(self) -> set[str]:
        return {path.name for path in self.path.rglob("*") if path.is_file()} - {
            "state.json",
            "turn.lock",
            "urgent.lock",
        }


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


@pytest.mark.fault("update file tampered with", code="update.damaged")
@pytest.mark.parametrize("how", ["changed", "longer", "shorter"])
async def test_a_tampered_file_is_never_handed_over(bench: Bench, how: str) -> None:
    """Whatever the line brings instead of a file, it is not the one that the manifest names."""
    path = bench.shelf.folder / ROOT
    content = path.read_bytes()
    path.write_bytes({"changed": content[:-1] + b"x", "longer": content + b"x", "shorter": content[:-1]}[how])
    await bench.run()
    assert bench.failure() == "update.damaged"
    assert "apply" not in bench.files()
    assert not (bench.path / ROOT).exists()


@pytest.mark.fault("update file tampered with", code="update.damaged")
async def test_what_was_changed_while_it_waited_is_found(bench: Bench) -> None:
    """Everything is read once more before it is handed over; what was changed on the disk is fetched again."""
    bench.idle = False
    assert isinstance((await bench.run()).progress.phase, Staged)
    content = bytearray((bench.path / ROOT).read_bytes())
    content[5] ^= 1
    (bench.path / ROOT).write_bytes(content)
    bench.idle = True
    assert isinstance((await bench.run()).progress.phase, Fetching)
    assert bench.failure() == "update.damaged"
    assert isinstance((await bench.run()).progress.phase, Applying)


def _signed_by_another(bench: Bench) -> None:
    bench.shelf.offer = release(bench.shelf.folder, NEXT, key=OTHER_KEY, made_at=NOW)


def _changed(bench: Bench) -> None:
    assert bench.shelf.offer is not None
    content = bench.shelf.offer.content.replace(NEXT.encode(), b"2026.3")
    bench.shelf.offer = SignedManifest(content=content, signature=bench.shelf.offer.signature)


def _expired(bench: Bench) -> None:
    bench.shelf.offer = release(bench.shelf.folder, NEXT, made_at=NOW - timedelta(days=31))


def _signed(**changes: object) -> Callable[[Bench], None]:
    def sign(bench: Bench) -> None:
        assert bench.shelf.offer is not None
        content = json.dumps({**json.loads(bench.shelf.offer.content), **changes}).encode()
        bench.shelf.offer = SignedManifest(content=content, signature=RELEASE_KEY.sign(b"bianmin/release/1" + content))

    return sign


def _file(name: str, size: int = 10) -> dict[str, object]:
    return {"name": name, "size": size, "sha256": "0" * 64}


_OTHERS = [_file(name) for name in names_of(NEXT) if name != ROOT]


@pytest.mark.fault("update with a wrong signature", code="update.forged")
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(_signed_by_another, "update.forged", id="another key"),
        pytest.param(_changed, "update.forged", id="changed"),
        pytest.param(_expired, "update.expired", id="expired"),
        pytest.param(_signed(version="../../etc"), "update.not_ours", id="version of a path"),
        pytest.param(_signed(files=[*_OTHERS, _file("../../etc/passwd")]), "update.not_ours", id="name of a path"),
        pytest.param(_signed(files=[*_OTHERS, _file(f"x/{ROOT}")]), "update.not_ours", id="name with a folder"),
        pytest.param(_signed(files=[*_OTHERS, _file(ROOT), _file(ROOT)]), "update.not_ours", id="name twice"),
        pytest.param(_signed(files=_OTHERS), "update.not_ours", id="file missing"),
        pytest.param(_signed(files=[*_OTHERS, _file(ROOT, 2**40)]), "update.not_ours", id="giant"),
        pytest.param(_signed(files=[*_OTHERS, _file(ROOT, -1)]), "update.not_ours", id="negative size"),
        pytest.param(_signed(expires_at="2099-01-01T00:00:00Z"), "update.not_ours", id="good for too long"),
        pytest.param(_signed(extra=1), "update.not_ours", id="something else in it"),
    ],
)
async def test_manifests_that_are_refused(bench: Bench, spoil: Callable[[Bench], None], code: str) -> None:
    """Nothing is fetched for a manifest that is not signed, not in time, or names anything but a release's files."""
    spoil(bench)
    agent = await bench.run()
    assert (agent.progress.phase, agent.report().failure) == (UpToDate(), code)
    assert bench.shelf.sent == 0
    assert bench.files() == set()


@pytest.mark.fault("update older than what runs", code="update.older")
async def test_an_older_version_is_not_taken_unless_its_manifest_says_so(bench: Bench) -> None:
    """Whoever replays an old release, signed as it is, gets nowhere; going back has to be signed as going back."""
    bench.running = "2026.10"
    assert (await bench.run()).progress.phase == UpToDate()
    assert bench.shelf.sent == 0
    bench.shelf.offer = release(bench.shelf.folder, NEXT, made_at=NOW, may_go_back=True)
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


@pytest.mark.fault("update agent killed", code=None)
async def test_killed_at_any_step(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end comes at every flush and every rename in turn: the next start goes on; what is handed over is whole."""

    class Killed(BaseException):
        pass

    count, fatal = 0, 1
    real_fsync, real_replace = os.fsync, Path.replace

    def strike() -> None:
        nonlocal count
        count += 1
        if count == fatal:
            raise Killed

    def fsync(descriptor: int) -> None:
        strike()
        real_fsync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        strike()
        return real_replace(self, target)

    ended = False
    while not ended:
        count = 0
        with monkeypatch.context() as patch:
            patch.setattr(folder_module.os, "fsync", fsync)
            patch.setattr(Path, "replace", replace)
            with suppress(Killed):
                await bench.run()
                ended = True
        if "apply" in bench.files():
            assert all(
                (bench.path / name).read_bytes() == (bench.shelf.folder / name).read_bytes() for name in names_of(NEXT)
            )
        fatal += 1
    assert fatal > 10
    assert isinstance(bench.agent().progress.phase, Applying)


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


def test_no_room_is_told_before_the_first_byte(bench: Bench) -> None:
    """Room is asked for the rest of a file, with the reserve on top."""
    folder = UpdateFolder(bench.path, reserve=2**60)
    assert bench.shelf.offer is not None
    with pytest.raises(NoRoom):
        folder.begin(root_of(bench.shelf.offer))


def root_of(signed: SignedManifest) -> ReleaseFile:
    return Manifest.model_validate_json(signed.content).files[1]
