"""A release on its whole way with the programs themselves, over real HTTP: cut lines, SIGKILL, a stick."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kiosk.config import example
from kiosk.occupancy import Occupancy
from kiosk.store import Store
from kiosk.sync import enrolment, rounds
from kiosk.sync.client import CentreClient
from kiosk.updates.folder import BLOCK_BYTES
from tests.central.faulty_line import Fault, FaultyLine
from tests.central.serving import RunningCentre, environment_for, run, serving
from tests.releases import release, trust
from wire.clock import SystemClock
from wire.release import names_of

pytestmark = pytest.mark.slow
PROJECT = Path(__file__).parents[2]
RUNS, NEXT, LATER = "2026.1", "2026.2", "2026.3"
SIZE = 2 * BLOCK_BYTES + 1_000_000
IMAGE = names_of(NEXT)[1]
_OPEN = """
import io
from django.core.management import call_command
from tests.central.playing import enrolment_code, open_centre
centre = open_centre()
call_command("add_release", %r, stdout=io.StringIO())
call_command("roll_out", %r, "--percentage", "100", stdout=io.StringIO())
print(*(enrolment_code(centre) for _ in range(4)))
"""
_TOLD = """
from central.updates.models import TerminalSoftware
print([(row.running, row.phase, row.wanted, row.failure) for row in TerminalSoftware.objects.filter(pk=%r)])
"""


@dataclass
class Machine:
    """A terminal by its tree: what an image has, and a program in the place of systemd-sysupdate."""

    root: Path

    def __post_init__(self) -> None:
        for folder in ("var/lib/bianmin-updates", "var/lib/bianmin-apply-update", "var/lib/bianmin", "etc"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "var/lib/bianmin").chmod(0o700)
        trust(self.root / "usr/share/bianmin/release-keys")
        program = self.root / "usr/lib/systemd/systemd-sysupdate"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\ncp {self.updates}/bianmin_$3.root.raw {self.root}/slot || exit 1\n")
        program.chmod(0o755)
        self.runs(RUNS)

    @property
    def updates(self) -> Path:
        return self.root / "var/lib/bianmin-updates"

    @property
    def data(self) -> Path:
        return self.root / "var/lib/bianmin"

    def runs(self, version: str) -> None:
        (self.root / "etc/os-release").write_text(f'ID=debian\nIMAGE_VERSION="{version}"\n')

    def configure(self, url: str, kb_per_s: int = 100_000, hours: str = "[0, 0]") -> None:
        text = example().replace("https://centre.example", url).replace('"/var/lib/bianmin"', f'"{self.data}"', 1)
        text = text.replace("#most_kb_per_s = 250", f"most_kb_per_s = {kb_per_s}")
        (self.root / "terminal.toml").write_text(text.replace("#hours = [2, 5]", f"hours = {hours}"))

    def command(self, *words: str) -> list[str]:
        config = [] if words[0] == "apply" else ["--config", str(self.root / "terminal.toml")]
        return [sys.executable, "-m", "kiosk", "update", *words, "--root", str(self.root), *config]

    def update(self, *words: str, code: int = 0, boot: str = "boot-1") -> dict[str, Any]:
        """Run ``bianmin update …`` and return the JSON that it printed."""
        told = [] if words[0] == "apply" else ["--json", "--boot", boot]
        done = subprocess.run(
            [*self.command(*words), *told], env=ENVIRONMENT, cwd=PROJECT, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr + done.stdout
        return dict(json.loads(done.stdout)) if told else {}

    def partial(self) -> int:
        """Return how many bytes of the image are here."""
        paths = (self.updates / IMAGE, self.updates / "partial" / IMAGE)
        return max((path.stat().st_size for path in paths if path.exists()), default=0)


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT)}


@dataclass(frozen=True)
class Office:
    """A centre that rolls a release out to every terminal, and codes for some. ``made``: the release's files."""

    centre: RunningCentre
    made: Path
    codes: list[str]


@contextmanager
def office(data: Path) -> Iterator[Office]:
    """Open an office that serves."""
    environment = environment_for(data)
    run(environment, "init")
    trust(data / "release-keys")
    release(data / "made", NEXT, size=SIZE)
    codes = run(environment, "shell", "--no-imports", "-c", _OPEN % (str(data / "made"), NEXT)).split()
    with serving(environment, workers=2) as running:
        yield Office(running, data / "made", codes)


@pytest.fixture(scope="module")
def the_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(tmp_path_factory.mktemp("centre")) as opened:
        yield opened


def enrolled(office: Office, root: Path) -> Machine:
    """Enrol a machine."""

    async def enrol() -> None:
        async with CentreClient(office.centre.url, SystemClock()) as client:
            await enrolment.enrol(machine.data, client, office.codes.pop(), RUNS)

    machine = Machine(root)
    machine.configure(office.centre.url)
    asyncio.run(enrol())
    return machine


def told_at_the_centre(centre: RunningCentre, machine: Machine) -> str:
    """Send a heartbeat; return what the centre then knows of the terminal's software."""
    terminal, clock = enrolment.load(machine.data), SystemClock()

    async def beat() -> None:
        with Store.open(machine.data / "terminal.sqlite3", clock, terminal) as store:
            async with CentreClient(centre.url, clock, terminal=terminal) as client:
                await rounds.heartbeat(store, client, clock, "test")

    asyncio.run(beat())
    return centre.command("shell", "--no-imports", "-c", _TOLD % terminal.enrolment.terminal).strip()


def test_offered_fetched_installed_and_known(the_office: Office, tmp_path: Path) -> None:
    """A terminal fetches what is rolled out, hands it over, is installed, restarts; and the centre sees what runs."""
    machine = enrolled(the_office, tmp_path)
    assert machine.update("check")["phase"] == "applying"
    with Occupancy(machine.data).visit():
        pass
    machine.update("apply")
    assert (machine.root / "slot").read_bytes() == (the_office.made / IMAGE).read_bytes()
    machine.update("apply", code=1)
    machine.runs(NEXT)
    report = machine.update("check", boot="boot-2")
    assert report["phase"] in ("up_to_date", "proving"), "by how long this very machine is up"
    assert not list(machine.updates.glob("bianmin_*"))
    told = told_at_the_centre(the_office.centre, machine)
    assert told == f"[('{NEXT}', '{report['phase']}', '{report['wanted']}', '')]"


@asynccontextmanager
async def line(office: Office, after: int) -> AsyncIterator[FaultyLine]:
    port = urlsplit(office.centre.url).port
    assert port is not None
    async with FaultyLine(port, after).carrying() as faulty:
        yield faulty


@pytest.mark.fault("update's line drops", code="centre.unreachable")
def test_a_line_that_is_cut_again_and_again(the_office: Office, tmp_path: Path) -> None:
    """Each connection is cut in the middle; every start goes on from the last block, and the image comes whole."""
    machine = enrolled(the_office, tmp_path)

    async def over_a_bad_line() -> None:
        async with line(the_office, BLOCK_BYTES + 500_000) as faulty:
            machine.configure(f"http://127.0.0.1:{faulty.own_port}")
            faulty.fault = Fault.CUTS
            for blocks in (1, 2):
                report = await asyncio.to_thread(machine.update, "check")
                assert (report["phase"], report["failure"]) == ("fetching", "centre.unreachable")
                assert machine.partial() >= blocks * BLOCK_BYTES
            assert (await asyncio.to_thread(machine.update, "check"))["phase"] == "applying"

    asyncio.run(over_a_bad_line())
    assert (machine.updates / IMAGE).read_bytes() == (the_office.made / IMAGE).read_bytes()


@pytest.mark.fault("update agent killed", code=None)
def test_killed_at_random_points(the_office: Office, tmp_path: Path) -> None:
    """SIGKILL whenever it comes loses at most a block; what is handed over in the end is the release."""
    machine = enrolled(the_office, tmp_path)
    machine.configure(the_office.centre.url, kb_per_s=2_000)  # four seconds or more
    chance, before, waiting = random.Random(7), 0, threading.Event()  # noqa: S311 - no secret
    for _ in range(3):
        process = subprocess.Popen(machine.command("check"), env=ENVIRONMENT, cwd=PROJECT, stderr=subprocess.DEVNULL)
        while process.poll() is None and machine.partial() <= before:
            waiting.wait(0.02)
        waiting.wait(chance.uniform(0.0, 0.3))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert machine.partial() >= before // BLOCK_BYTES * BLOCK_BYTES
        before = machine.partial() // BLOCK_BYTES * BLOCK_BYTES
    machine.configure(the_office.centre.url)
    assert machine.update("check")["phase"] == "applying"
    assert (machine.updates / IMAGE).read_bytes() == (the_office.made / IMAGE).read_bytes()


def test_from_a_stick(tmp_path: Path) -> None:
    """Before it is enrolled, too, a terminal takes a technician's stick at once; with valid signatures only."""
    machine, stick = Machine(tmp_path / "machine"), tmp_path / "stick"
    release(stick / "bianmin-update", LATER)
    machine.configure("http://127.0.0.1:9")
    assert machine.update("from-stick", str(stick), "--now")["phase"] == "applying"
    machine.update("apply")
    (stick / "bianmin-update" / "manifest.sig").write_bytes(bytes(64))
    refused = machine.update("from-stick", str(stick), code=1)
    assert refused["error"]["code"] == "update.forged"
