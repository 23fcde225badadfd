"""What our units may: judged by systemd itself, and tried from inside each sandbox."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.private_memory import BEGUN_WITH
from tests.appliance.machine import ROOT, Machine
from tests.appliance.probe import CALLS
from tests.appliance.sandboxes import probing, units
from tests.appliance.terminal import files

EXPOSURE = 2.0  # of 10, as `systemd-analyze security` counts
HERE, UPDATES = "/var/lib/bianmin", "/var/lib/bianmin-updates"
IP = ["AF_INET", "AF_INET6", "AF_UNIX"]
# what each may write of the folders that the probe tries, and which sockets it may have; all else: nothing, none
WRITES: dict[str, list[str]] = {
    "bianmin-kiosk": [HERE],
    "bianmin-sync": [HERE],
    "bianmin-health": [HERE],
    "bianmin-support": [HERE],
    "bianmin-stick-out": [HERE],
    "bianmin-stick-in": [HERE],
    "bianmin-clock": [HERE],
    "bianmin-update": [HERE, UPDATES],
    "bianmin-apply-update": ["/boot", UPDATES],
    "bianmin-centre": ["/var/lib/bianmin-centre"],
}
SOCKETS: dict[str, list[str]] = {
    "bianmin-kiosk": IP,
    "bianmin-sync": IP,
    "bianmin-update": IP,
    "bianmin-support": IP,
    "bianmin-stick-out": IP,
    "bianmin-stick-in": ["AF_UNIX"],
    "bianmin-clock": ["AF_UNIX"],
    "bianmin-centre": IP,
    "bianmin-x": ["AF_NETLINK", "AF_UNIX"],
    "bianmin-health": ["AF_UNIX"],
    "bianmin-time": ["AF_UNIX"],
    "bianmin-apply-update": ["AF_UNIX"],
    "bianmin-smart": ["AF_UNIX"],
}
# disks answer nobody else; the capabilities that this takes: SYS_ADMIN, and DAC_OVERRIDE and FOWNER, or SYS_RAWIO
AS_ROOT = {"bianmin-apply-update": 1 << 21 | 1 << 1 | 1 << 3, "bianmin-smart": 1 << 21 | 1 << 17}
MAKES_CODE = {"bianmin-kiosk", "bianmin-x"}  # OpenGL without a graphics card compiles its shaders
# of Debian's and the image's packages, which this machine need not have
_PROGRAMS = (
    "usr/lib/xorg/Xorg",
    "usr/lib/systemd/systemd-sysupdate",
    "usr/sbin/smartctl",
    "usr/sbin/chronyd",
    "usr/bin/chronyc",
    "usr/lib/bianmin/bin/python",
)

pytestmark = pytest.mark.boots


def _name(unit: Path) -> str:
    return unit.stem.rstrip("@")


def _probe(unit: Path) -> str:
    """Return a name that begins as those of our units do: what they have in common goes by it."""
    return f"bianmin-probe-{_name(unit)}.service"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    probes = {f"etc/systemd/system/{_probe(unit)}": probing(unit) for unit in units()}
    stand_ins = {name: "#!/bin/false\n" for name in _PROGRAMS if not Path("/", name).exists()}
    tree = {**files(), **probes, **stand_ins}
    with Machine(tmp_path_factory.mktemp("machine"), "basic.target", tree) as booted:
        yield booted


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("installed")
    subprocess.run(["sh", ROOT / "systemd" / "install", tree], check=True)
    return tree


def test_units_say_nothing_that_systemd_does_not_know(machine: Machine) -> None:
    """No unknown key, missing program, or dependency in a circle: `systemd-analyze verify` has nothing to say."""
    files_ = [path for path in sorted((ROOT / "systemd").glob("bianmin-*.*")) if path.is_file()]
    ours = [f"/usr/lib/systemd/system/{path.name}" for path in files_]
    assert machine.run("sh", "-c", 'exec systemd-analyze --man=no verify "$@" 2>&1', "sh", *ours, check=False) == ""


@pytest.mark.parametrize("unit", units(), ids=_name)
def test_exposure(installed: Path, unit: Path) -> None:
    """Systemd counts at most two points of exposure (of ten) for each of our services."""
    command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={EXPOSURE * 10:.0f}", "--no-pager"]
    done = subprocess.run([*command, f"--root={installed}", unit.name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


@pytest.mark.parametrize("unit", units(), ids=_name)
def test_from_inside(machine: Machine, unit: Path) -> None:
    """A program that was taken over finds nothing to write, listen to or turn into, beyond what its unit is for."""
    name = _name(unit)
    machine.run("systemctl", "start", _probe(unit))
    found: dict[str, Any] = next(
        json.loads(line) for line in machine.journal(_probe(unit)).splitlines() if line.startswith("{")
    )
    assert found["written"] == WRITES.get(name, [])
    assert found["families"] == SOCKETS.get(name, [])
    assert found["set_user_id"] == "EPERM"
    assert found["writable_code"] == ("done" if name in MAKES_CODE else "EPERM")
    assert (found["no_new_privileges"], found["filters"], found["core"]) == ("1", "2", [0, 0])
    assert set(found["temporary"]) <= {"probe", ".X11-unix"}  # the X socket is shown to who may draw
    if name in AS_ROOT:
        assert found["user"] == 0
        assert int(found["capabilities"]["CapBnd"], 16) & ~AS_ROOT[name] == 0
        return
    assert found["user"] != 0
    assert found["root"] == "EPERM"
    assert found["others"] == []  # no other process is to be seen
    assert set(found["read"]) <= {HERE}
    assert set(found["capabilities"].values()) == {"0" * 16}
    assert found["calls"] == dict.fromkeys(CALLS, "EPERM")


def test_the_application_need_not_begin_twice() -> None:
    """It is given the environment for which it would begin anew."""
    unit = (ROOT / "systemd" / "bianmin-kiosk.service").read_text(encoding="utf-8")
    for name, value in BEGUN_WITH.items():
        assert f"{name}={value}" in unit


def test_data_of_the_terminal_are_for_its_user_alone(machine: Machine) -> None:
    """Neither the screen's user nor any other can look into the terminal's folders."""
    for user in ("bianmin-x", "nobody"):
        for folder in (HERE, UPDATES):
            assert machine.run("ls", folder, user=user, check=False) == ""
    assert machine.run("stat", "--format=%a %U", HERE, UPDATES).split("\n")[:2] == ["700 bianmin"] * 2


def test_nobody_can_log_in(machine: Machine) -> None:
    """Our users have neither password nor shell, and no console asks for one."""
    for user in ("bianmin", "bianmin-x", "bianmin-centre"):
        assert machine.run("getent", "shadow", user).split(":")[1] in {"!", "!*", "*"}
        assert machine.run("getent", "passwd", user).strip().endswith("/usr/sbin/nologin")
    for unit in ("getty@tty1.service", "serial-getty@ttyS0.service", "console-getty.service", "ctrl-alt-del.target"):
        assert machine.asked(unit, "LoadState") == "masked"
