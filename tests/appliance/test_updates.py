"""The update agent and the installer as their units start them, in their sandboxes; systemd-sysupdate is stood for."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance.machine import Machine
from tests.appliance.terminal import files
from tests.releases import OTHER_KEY, RELEASE_KEY, release, trust
from wire.release import MANIFEST, SIGNATURE, names_of

RUNS, NEXT = "2026.1", "2026.2"
TARGET = "update-test.target"
FOLDER, VERDICT = "/var/lib/bianmin-updates", "/var/lib/bianmin-apply-update/verdict.json"
APPLY, AGENT = "bianmin-apply-update.service", "bianmin-update.service"
_TARGET = """
[Unit]
Requires=basic.target
Wants=dbus.service bianmin-apply-update.path bianmin-update.path
After=basic.target
AllowIsolate=yes
"""
# It writes where the boot partition is on the appliance, and looks into what only the application's user may read.
_SYSUPDATE = f"""#!/bin/sh
echo "$@" >/boot/asked
cp {FOLDER}/bianmin_$3.efi /boot/installed || exit 1
"""
_QUIET = """
[Unit]
SuccessAction=none
"""
# What is always due, so that the mark does not wait for the night; and a line to nowhere.
_CONFIG = """#!/bin/sh
sed -i 's/^#hours = .*/hours = [0, 0]/; s/^url = .*/url = "http:\\/\\/127.0.0.1:9"/' /var/lib/bianmin/terminal.toml
"""
_REPORTED = """
import sqlite3
with sqlite3.connect("/var/lib/bianmin/terminal.sqlite3") as store:
    print(store.execute("SELECT value FROM setting WHERE name = 'update'").fetchone()[0])
"""

pytestmark = pytest.mark.boots


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("update")
    release(folder / "good", NEXT)
    release(folder / "forged", NEXT, key=OTHER_KEY)
    here: dict[str, str | bytes | Path] = {
        **files(),
        f"etc/systemd/system/{TARGET}": _TARGET,
        f"etc/systemd/system/{APPLY}.d/test.conf": _QUIET,
        "etc/os-release": f'ID=debian\nIMAGE_VERSION="{RUNS}"\n',
        "usr/lib/systemd/systemd-sysupdate": _SYSUPDATE,
        "usr/lib/test/configure": _CONFIG,
        "usr/share/bianmin/release-keys/release.pem": (
            trust(folder / "keys", RELEASE_KEY) / "release.pem"
        ).read_bytes(),
    }
    for kind in ("good", "forged"):
        for name in (*names_of(NEXT), MANIFEST, SIGNATURE):
            here[f"usr/lib/test/{kind}/{name}"] = (folder / kind / name).read_bytes()
    with Machine(folder, TARGET, here) as booted:
        booted.run("/usr/lib/test/configure")
        yield booted


def lay_down(machine: Machine, kind: str, mark: str) -> None:
    """Do what the agent does when a release is due."""
    told = json.dumps({"mark": mark, "version": NEXT})
    draft = f"{FOLDER}/.draft"
    script = f"cp /usr/lib/test/{kind}/* {FOLDER}/ && printf %s '{told}' >{draft} && mv {draft} {FOLDER}/apply"
    machine.run("sh", "-c", script, user="bianmin")


def verdict(machine: Machine, mark: str) -> dict[str, object]:
    """Wait for the installer's word on a mark."""

    def told() -> str:
        return machine.run("cat", VERDICT, check=False)

    machine.until(lambda: f'"{mark}"' in told(), f"no word about {mark}: {machine.journal(APPLY)}")
    return dict(json.loads(told()))


@pytest.mark.fault("update with a wrong signature", code="update.forged")
def test_a_mark_starts_the_installer_which_believes_no_forgery(machine: Machine) -> None:
    """The path unit starts it; what no release key signed is refused, told, and not tried in a loop."""
    lay_down(machine, "forged", "m-forged")
    assert verdict(machine, "m-forged") == {"mark": "m-forged", "installed": False, "code": "update.forged"}
    machine.until(lambda: machine.asked(APPLY, "ActiveState") == "failed", "it does not end")
    assert machine.run("sh", "-c", f"ls {FOLDER}/apply /boot/asked 2>/dev/null || true") == ""
    assert machine.asked("bianmin-apply-update.path", "ActiveState") == "active"


def test_a_signed_release_is_handed_to_systemd_sysupdate(machine: Machine) -> None:
    """In its sandbox it reads what is the application's alone, writes the boot partition, and would restart now."""
    lay_down(machine, "good", "m-good")
    assert verdict(machine, "m-good") == {"mark": "m-good", "installed": True, "code": ""}
    assert machine.run("cat", "/boot/asked") == f"--verify=yes update {NEXT}\n"
    machine.until(lambda: machine.asked(APPLY, "Result") == "success", "it does not end")
    unit = machine.run("cat", f"/usr/lib/systemd/system/{APPLY}")
    assert "\nSuccessAction=reboot\n" in unit, "which this machine's drop-in takes back"
    assert machine.run("stat", "--format=%U %a", VERDICT).split()[0] == "root"


def test_the_agent_works_in_its_sandbox(machine: Machine) -> None:
    """Without a line it finds out what runs, opens the store, and reports; a former verdict is no matter."""
    machine.run("systemctl", "start", AGENT)
    assert machine.asked(AGENT, "Result") == "success", machine.journal(AGENT)
    python = "/usr/lib/bianmin-tree/.venv/bin/python"
    report = json.loads(machine.run(python, "-c", _REPORTED, user="bianmin"))
    assert (report["running"], report["phase"]) == (RUNS, "up_to_date")


def test_the_centre_has_a_release(machine: Machine) -> None:
    """The sync process leaves a file; the agent starts, takes it away, and looks."""
    machine.run("systemctl", "reset-failed", AGENT, check=False)
    machine.run("touch", "/var/lib/bianmin/update-wanted", user="bianmin")
    gone = ("sh", "-c", "test -e /var/lib/bianmin/update-wanted || echo gone")
    machine.until(lambda: machine.run(*gone) == "gone\n", f"nobody takes it: {machine.journal(AGENT)}")
    machine.until(lambda: machine.asked(AGENT, "ActiveState") == "inactive", "it does not end")
    assert machine.asked(AGENT, "Result") == "success"


def test_a_wish_at_the_screen_starts_the_agent(machine: Machine) -> None:
    """The application leaves a wish; the agent reads the stick, answers, and the installer does its part by itself."""
    stick = "/media/bianmin-update"
    machine.run("sh", "-c", f"rm -f /boot/asked && mkdir {stick} && cp /usr/lib/test/good/* {stick}/")
    leave = (
        "from pathlib import Path; from kiosk.updates.running import STICK_WISHES; "
        "print(STICK_WISHES.leave(Path('/var/lib/bianmin')))"
    )
    left = ["env", "PYTHONPATH=/usr/lib/bianmin-tree", "/usr/lib/bianmin-tree/.venv/bin/python", "-c", leave]
    wanted = machine.run(*left, user="bianmin").strip()

    def answer() -> str:
        return machine.run("cat", "/var/lib/bianmin/stick-taken.json", check=False)

    machine.until(lambda: wanted in answer(), f"no answer: {machine.journal(AGENT)}")
    assert json.loads(answer()) == {"wish": wanted, "code": "", "told": {"version": NEXT}}
    asked = f"--verify=yes update {NEXT}\n"
    machine.until(lambda: machine.run("cat", "/boot/asked", check=False) == asked, machine.journal(AGENT))
