"""What the appliance does beside serving: answers a wish for a support bundle, hands chrony its servers, logs.

Everything is real but the clock: systemd, journald, our units and sandboxes, the application's own commands.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.appliance.machine import Machine
from tests.appliance.terminal import files
from tests.terminal_parts import SEALING_KEY
from wire.clock import ClockQuality, SystemClock
from wire.envelope import Envelope, unseal
from wire.support import SupportBundle

TARGET = "operation-test.target"
WANTED, DATABASE = "/var/lib/bianmin/support-wanted", "/var/lib/bianmin/terminal.sqlite3"
SOURCES = "/var/lib/bianmin-time/configured.sources"
_TARGET = """
[Unit]
Requires=basic.target
Wants=bianmin-support.path bianmin-time.path bianmin-time.service bianmin-clock.path
After=basic.target
AllowIsolate=yes
"""
# A container has no such capability to give, and the clock is everybody's here.
_NO_CLOCK = """
[Service]
AmbientCapabilities=
CapabilityBoundingSet=
"""
_QUEUED = "SELECT envelope FROM outbox WHERE kind = 'support_bundle'"

pytestmark = [pytest.mark.boots, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    tree: dict[str, str | bytes | Path] = {**files(), f"etc/systemd/system/{TARGET}": _TARGET}
    tree["etc/systemd/system/bianmin-clock.service.d/test.conf"] = _NO_CLOCK
    with Machine(tmp_path_factory.mktemp("machine"), TARGET, tree) as machine:
        yield machine


def test_a_wish_of_the_centre_becomes_a_bundle(machine: Machine) -> None:
    """The path unit wakes a sandboxed process, which alone may read the journal; what it says is sealed and queued."""
    machine.until(lambda: machine.asked("bianmin-time.service", "Result") == "success", "no unit has run yet")
    command = uuid4()
    machine.run("sh", "-c", f"umask 077; echo {command} >{WANTED}.draft; mv {WANTED}.draft {WANTED}", user="bianmin")
    machine.until(lambda: queued(machine) != [], f"no bundle: {machine.journal('bianmin-support.service')}")
    (envelope,) = queued(machine)
    bundle = unseal(Envelope.model_validate_json(envelope), SupportBundle, key=SEALING_KEY)
    assert bundle.command == command
    machine.until(
        lambda: machine.asked("bianmin-support.service", "ActiveState") == "inactive", "it does not come to its end"
    )
    assert machine.run("sh", "-c", f"test -e {WANTED} && echo there", check=False) == ""
    assert machine.asked("bianmin-support.service", "Result") == "success"
    parts = opened(bundle.archive)
    about, devices = json.loads(parts["about.json"]), json.loads(parts["devices.json"])
    assert about["terminal"] == "dl-0012"
    assert {"memory", "machine", "disk"} <= {line.get("subject") for line in devices}, "its sandbox lets it see these"
    events = [json.loads(line) for line in parts["events.jsonl"].splitlines()]
    assert {"bianmin-time.service", "bianmin-support.service"} & {event.get("unit") for event in events}
    assert len(json.loads(parts["boots.json"])["boots"]) >= 1


def test_another_configuration_gives_chrony_other_servers(machine: Machine) -> None:
    """What the configuration names lies where chrony looks, for everybody to read; a change of the file is enough."""
    machine.until(lambda: machine.run("cat", SOURCES, check=False) == "", "no sources")
    change = "sed -i 's/^#servers = .*/servers = [\"time.example\"]/' /var/lib/bianmin/terminal.toml"
    machine.run("sh", "-c", change, user="bianmin")
    machine.until(
        lambda: machine.run("cat", SOURCES, check=False) == "server time.example iburst nts\n", "no other sources"
    )
    assert machine.run("stat", "--format=%U %a", SOURCES).strip() == "bianmin 644"


def test_servers_that_the_network_names(machine: Machine) -> None:
    """Debian's own script puts what DHCP says where our configuration looks, and takes it away with the network."""
    script = "/usr/lib/NetworkManager/dispatcher.d/20-chrony-dhcp"
    machine.run("env", "DHCP4_NTP_SERVERS=192.0.2.7", script, "eth0", "dhcp4-change")
    assert machine.run("cat", "/run/chrony-dhcp/eth0.sources") == "server 192.0.2.7 iburst\n"
    assert "sourcedir /run/chrony-dhcp" in machine.run("cat", "/etc/chrony/chrony.conf").splitlines()
    machine.run(script, "eth0", "down")
    assert machine.run("ls", "/run/chrony-dhcp") == ""


def test_the_clock_by_hand(machine: Machine) -> None:
    """Its unit takes the wish and answers; without the capability that it alone has, the clock stays as it is."""
    leave = "from pathlib import Path; from kiosk.clock_setting import CLOCK; "
    leave += "print(CLOCK.leave(Path('/var/lib/bianmin'), '202611250930'))"
    python = ["env", "PYTHONPATH=/usr/lib/bianmin-tree", "/usr/lib/bianmin-tree/.venv/bin/python", "-c", leave]
    wish = machine.run(*python, user="bianmin").strip()
    answer = "/var/lib/bianmin/clock-set.json"
    machine.until(lambda: wish in machine.run("cat", answer, check=False), "no answer")
    networks = SystemClock().quality() is ClockQuality.SYNCHRONISED  # this very kernel's clock
    wanted = "terminal.clock_right" if networks else "terminal.clock_not_set"
    assert json.loads(machine.run("cat", answer))["code"] == wanted


def test_a_unit_that_shouts_is_cut_short(machine: Machine) -> None:
    """The journal takes what a unit may say in half a minute (more where the disk has room), and no more."""
    shout = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"
    machine.run("systemd-run", "--wait", "--quiet", "--unit=shouting", "sh", "-c", shout)
    machine.run("journalctl", "--sync")
    said = machine.journal("shouting.service").splitlines()
    assert 1000 <= len(said) < 12_000
    assert "SystemMaxUse=200M" in machine.run("systemd-analyze", "cat-config", "systemd/journald.conf")


def queued(machine: Machine) -> list[str]:
    """Return the support bundles in the queue, as JSON of their envelopes."""
    program = (
        f"import json, os, sqlite3; there = os.path.exists('{DATABASE}'); "
        f"print(json.dumps([row[0] for row in sqlite3.connect('{DATABASE}').execute(\"{_QUEUED}\")] if there else []))"
    )
    told = machine.run("/usr/lib/bianmin-tree/.venv/bin/python", "-c", program, user="bianmin", check=False)
    found: list[str] = json.loads(told or "[]")
    return found


def opened(archive: bytes) -> dict[str, str]:
    """Return an archive's files by their names."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archive))) as tar:
        read = {member.name: tar.extractfile(member) for member in tar}
        return {Path(name).name: file.read().decode() for name, file in read.items() if file is not None}
