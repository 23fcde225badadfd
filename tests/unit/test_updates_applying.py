"""The installer: what root does about a mark, and what it does not believe."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.occupancy import Occupancy
from kiosk.updates.applying import Installer, Verdict, last_verdict
from kiosk.updates.errors import InstallFailed
from kiosk.updates.system import Machine
from tests.releases import OTHER_KEY, RELEASE_KEY, release
from wire.release import MANIFEST, SIGNATURE, SUMS

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
RUNS, NEXT = "2026.1", "2026.2"


@dataclass
class Bench:
    """A folder with a release and a mark, and an installer whose programs are written down."""

    base: Path
    running: str = RUNS
    fails: bool = False
    done: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder, self.verdicts, data = (self.base / name for name in ("updates", "verdicts", "data"))
        for made in (self.verdicts, data):
            made.mkdir()
        self.occupancy = Occupancy(data)
        release(self.folder, NEXT, made_at=NOW - timedelta(days=1))
        self.mark()

    def mark(self, content: object = None) -> None:
        (self.folder / "apply").write_text(json.dumps(content or {"mark": "m1", "version": NEXT}))

    def install(self, version: str) -> None:
        if self.fails:
            raise InstallFailed("systemd-sysupdate ended with 1")
        self.done.append(f"install {version}")

    def apply(self, stack: ExitStack | None = None) -> Verdict | None:
        installer = Installer(
            keys=(RELEASE_KEY.public_key(),),
            running=self.running,
            install=self.install,
            put_last=lambda running: self.done.append(f"put last {running}"),
            occupancy=self.occupancy,
            now=lambda: NOW,
            sleep=self.slept.append,
        )
        with ExitStack() as own:
            verdict = installer.apply(self.folder, self.verdicts, stack or own)
        assert not (self.folder / "apply").is_symlink()
        assert not (self.folder / "apply").exists(), "a mark is tried once"
        assert verdict is None or last_verdict(self.verdicts) == verdict
        return verdict


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_marked_release_is_installed_once(bench: Bench) -> None:
    """The mark goes, the release is installed, the verdict says so; without a mark nothing is done."""
    assert bench.apply() == Verdict("m1", installed=True)
    assert bench.done == [f"install {NEXT}"]
    assert bench.apply() is None
    assert bench.done == [f"install {NEXT}"]


@pytest.mark.fault("update cannot be installed", code="update.install_failed")
def test_a_failed_installation_is_told(bench: Bench) -> None:
    """What systemd-sysupdate refuses (its own signature check included) is told to the agent, by the mark's id."""
    bench.fails = True
    assert bench.apply() == Verdict("m1", installed=False, code="update.install_failed")


def _link(path: Path, elsewhere: Path) -> None:
    elsewhere.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(elsewhere)


@pytest.mark.fault("update with a wrong signature", code="update.forged")
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(lambda b: release(b.folder, NEXT, key=OTHER_KEY, made_at=NOW), "update.forged", id="another key"),
        pytest.param(lambda b: (b.folder / SIGNATURE).write_bytes(bytes(64)), "update.forged", id="no signature"),
        pytest.param(lambda b: (b.folder / MANIFEST).unlink(), "update.unreadable", id="no manifest"),
        pytest.param(lambda b: _link(b.folder / MANIFEST, b.base / "x"), "update.unreadable", id="manifest is a link"),
        pytest.param(
            lambda b: release(b.folder, NEXT, made_at=NOW - timedelta(days=40)), "update.expired", id="expired"
        ),
        pytest.param(lambda b: release(b.folder, RUNS, made_at=NOW), "update.older", id="what runs"),
        pytest.param(lambda b: release(b.folder, "2025.9", made_at=NOW), "update.older", id="older"),
        pytest.param(lambda b: (b.folder / SUMS).write_bytes(b"0 *x\n"), "update.damaged", id="other sums"),
        pytest.param(lambda b: (b.folder / SUMS).write_bytes(bytes(9_999)), "update.not_ours", id="giant sums"),
    ],
)
def test_nothing_in_the_folder_is_believed(bench: Bench, spoil: Callable[[Bench], None], code: str) -> None:
    """The application's user, or whoever took it over, brings root to install nothing but a newer signed release."""
    spoil(bench)
    assert bench.apply() == Verdict("m1", installed=False, code=code)
    assert bench.done == []


@pytest.mark.parametrize("content", [[], {"mark": 5}, {"x": 1}, "x" * 10_000, None])
def test_odd_marks(bench: Bench, content: object) -> None:
    """A mark that is none names no try; what is installed is what was signed, all the same."""
    bench.mark(content)
    verdict = bench.apply()
    assert verdict is not None
    assert verdict.mark == ("m1" if content is None or content == [] else "")


def test_a_mark_that_is_a_link_is_not_followed(bench: Bench) -> None:
    """Not even to read it."""
    (bench.base / "secret").write_text('{"mark": "s"}')
    (bench.folder / "apply").unlink()
    (bench.folder / "apply").symlink_to(bench.base / "secret")
    verdict = bench.apply()
    assert verdict is not None
    assert verdict.mark == ""
    assert (bench.base / "secret").exists()


def test_going_back_puts_the_newer_one_last(bench: Bench) -> None:
    """A release that may go back is installed beside a newer one, which the boot loader then tries last."""
    bench.running = "2026.3"
    release(bench.folder, NEXT, made_at=NOW, may_go_back=True)
    assert bench.apply() == Verdict("m1", installed=True)
    assert bench.done == [f"install {NEXT}", "put last 2026.3"]


@pytest.mark.fault("visit while an update is due", code="update.busy")
def test_nobody_is_cut_short(bench: Bench) -> None:
    """While somebody is served the installer waits; when it never ends, it gives the mark back for another night."""
    with bench.occupancy.visit():
        assert bench.apply() == Verdict("m1", installed=False, code="update.busy")
    assert sum(bench.slept) >= 1_000
    assert bench.done == []


def test_no_visit_begins_meanwhile(bench: Bench) -> None:
    """From the installation to the restart the terminal is reserved; a visit before and after is no matter."""
    with bench.occupancy.visit():
        assert not bench.occupancy.reserved()
    with ExitStack() as stack:
        bench.apply(stack)
        assert bench.occupancy.reserved()
    assert not bench.occupancy.reserved()


def test_an_occupancy_on_a_disk_that_fails_keeps_nobody_back(tmp_path: Path) -> None:
    """Without its lock file a visit is served all the same."""
    gone = Occupancy(tmp_path / "missing")
    with gone.visit():
        assert not gone.reserved()


def _program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_machines_own_programs(tmp_path: Path) -> None:
    """systemd-sysupdate is called with verification and the version; its failure, or its absence, is one of ours."""
    machine = Machine(tmp_path, "boot")
    with pytest.raises(InstallFailed, match="FileNotFoundError"):
        machine.install(NEXT)
    _program(
        tmp_path / "usr/lib/systemd/systemd-sysupdate", f'echo "$@" > {tmp_path}/asked; exit $(cat {tmp_path}/code)'
    )
    (tmp_path / "code").write_text("0")
    machine.install(NEXT)
    assert (tmp_path / "asked").read_text() == f"--verify=yes update {NEXT}\n"
    (tmp_path / "code").write_text("1")
    with pytest.raises(InstallFailed, match="ended with 1"):
        machine.install(NEXT)
    assert machine.boot_id() == "boot"
    assert Machine().boot_id()


def test_what_runs_is_what_the_image_says(tmp_path: Path) -> None:
    """os-release's IMAGE_VERSION, quoted or not; outside an image, or where it is odd, the application's own."""
    (tmp_path / "etc").mkdir()
    own = Machine(tmp_path).running()
    for text, wanted in (
        ("IMAGE_VERSION=2026.1\n", "2026.1"),
        ('NAME="x"\nIMAGE_VERSION="2026.10"\nID=x\n', "2026.10"),
        ("IMAGE_VERSION=2026.1~rc1\n", own),
        ("VERSION=1\n", own),
    ):
        (tmp_path / "etc/os-release").write_text(text)
        assert Machine(tmp_path).running() == wanted


def test_the_running_ones_entry_loses_its_tries(tmp_path: Path) -> None:
    """The entry of what runs, counted or not, is renamed as boot counting names one without tries; no other is."""
    folder = tmp_path / "boot/EFI/Linux"
    folder.mkdir(parents=True)
    machine = Machine(tmp_path)
    with pytest.raises(InstallFailed):
        machine.put_last("1.0")
    _program(tmp_path / "usr/bin/bootctl", f"echo {tmp_path}/boot")
    for entry in ("bianmin_1.0.efi", "bianmin_1.0.2.efi", "bianmin_2.0+2-1.efi"):
        (folder / entry).touch()
    machine.put_last("1.0")
    machine.put_last("2.0")
    assert sorted(path.name for path in folder.iterdir()) == [
        "bianmin_1.0+0-1.efi", "bianmin_1.0.2.efi", "bianmin_2.0+0-1.efi",
    ]  # fmt: skip
    with pytest.raises(InstallFailed):
        machine.put_last("3.0")
