"""The whole trip with the programs themselves, on PostgreSQL and on SQLite: enrol, export, import, and back."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.config import example
from kiosk.store import Store
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from kiosk.sync.ferry import Ferry
from tests.central.playing import CITIZEN
from tests.central.serving import RunningCentre, environment_for, run, serving
from tests.terminal_parts import DEVICE_KEY, TERMINAL
from wire.clock import SystemClock

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
COUNT = 30
_LOAD = """
from tests.central.playing import open_centre
open_centre()
"""
_COUNT = """
from central.audit.models import AuditEntry, AuditFinding
from central.cases.models import Case
from central.fleet.models import Quarantine, ReceivedEnvelope
counts = [model.objects.count() for model in (Case, ReceivedEnvelope, Quarantine, AuditFinding)]
print(*counts, AuditEntry.objects.count() > counts[0])
from django.core.management import call_command
call_command("verify_audit")
"""


@pytest.fixture(scope="module", params=["postgresql", "sqlite"])
def centre(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    url = request.getfixturevalue("postgres").create("ferry") if request.param == "postgresql" else None
    environment = environment_for(tmp_path_factory.mktemp("centre"), url)
    run(environment, "init")
    run(environment, "shell", "--no-imports", "-c", _LOAD)
    with serving(environment, workers=2) as running:
        yield running


def bianmin(config: Path, *words: str, code: int = 0) -> list[dict[str, object]]:
    """Run ``bianmin …`` and return the JSON that it printed."""
    command = [sys.executable, "-m", "kiosk", *words, "--config", str(config), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr + done.stdout
    return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def ferry_of(data: Path, submitting: int = 0) -> Iterator[Ferry]:
    """Open an enrolled terminal, and submit some applications."""
    terminal, clock = enrolment.load(data), SystemClock()
    with Store.open(data / "terminal.sqlite3", clock, terminal) as store:
        for _ in range(submitting):
            store.cases.submit("food-licence", CITIZEN, {"shop": "秋水面馆"})
        yield Ferry(store, terminal, clock, data)


async def enrol(data: Path, centre: RunningCentre) -> None:
    """Enrol a new terminal over HTTP."""
    async with CentreClient(centre.url, SystemClock()) as client:
        await enrolment.enrol(data, client, centre.new_terminal("一号机"), "test")


async def test_the_whole_trip(centre: RunningCentre, tmp_path: Path) -> None:
    """Each case is at the centre once, whatever was carried, and carried again; keys roll by the command."""
    stick, config = tmp_path / "stick", tmp_path / "terminal.toml"
    stick.mkdir()
    text = example().replace("/var/lib/bianmin", str(tmp_path)).replace("https://centre.example", centre.url)
    config.write_text(text, encoding="utf-8")
    await enrol(tmp_path, centre)

    with ferry_of(tmp_path, submitting=COUNT) as ferry:
        exported = ferry.export(stick, "test")
        lines = centre.command("import-ferry", str(exported.path), str(exported.path)).splitlines()
        first, again = map(json.loads, lines)
        assert (first["stored"], again["duplicate"], exported.envelopes) == (COUNT, COUNT, COUNT)
        taken = ferry.take_over(stick / first["answer"])
        assert (taken.settled, taken.changed) == (COUNT, True)

    before = enrolment.read(tmp_path).key
    bianmin(config, "roll-key")
    assert enrolment.read(tmp_path).key != before
    with ferry_of(tmp_path, submitting=1) as ferry:
        ferry.export(stick, "test")
    lines = centre.command("import-ferry", str(stick)).splitlines()
    assert [json.loads(line).get("stored", 0) for line in lines] == [0, 1]
    counts, told = centre.command("shell", "--no-imports", "-c", _COUNT).splitlines()
    assert counts.split() == [str(COUNT + 1), str(COUNT + 1), "0", "0", "True"]
    assert (json.loads(told)["altered_here"], json.loads(told)["came_with"]) == ([], [])


def test_commands_without_a_line(tmp_path: Path) -> None:
    """``bianmin ferry`` needs no centre; it tells what it wrote and what was wrong, in JSON and exit code."""
    config = tmp_path / "terminal.toml"
    config.write_text(example().replace("/var/lib/bianmin", str(tmp_path)), encoding="utf-8")
    identity = enrolment.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=TERMINAL.enrolment)
    enrolment._keep(tmp_path, identity)
    with ferry_of(tmp_path, submitting=3):
        pass
    (exported,) = bianmin(config, "ferry", "export", str(tmp_path))
    assert exported == {"file": "bianmin-dl-0012-1.up.ferry", "export": 1, "envelopes": 3}
    (tmp_path / "bianmin-dl-0012-1.down.ferry").write_bytes(b"PK\x03\x04")
    own = str(tmp_path / str(exported["file"]))
    told = bianmin(config, "ferry", "import", str(tmp_path), own, code=1)
    errors = [one["error"]["code"] for one in told if isinstance(one["error"], dict)]
    assert errors == ["wire.ferry_not_ours", "wire.ferry_foreign"]
