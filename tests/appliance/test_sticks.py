"""A stick at the technician's screen: mounted to be written on for one action alone, by systemd, then unmounted.

The stick is a loop device with ext4, for this machine's kernel has no FAT; the units' way is the same.
"""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.stick.errands import Errand
from tests.appliance.machine import Machine
from tests.appliance.terminal import files
from tests.ferry_answers import answer_to
from tests.terminal_parts import SEALING_KEY
from wire.envelope import Envelope, unseal
from wire.support import SupportBundle

TARGET = "stick-test.target"
HERE, STICK = "/var/lib/bianmin", "/dev/bianmin/stick"
OUT, IN = "bianmin-stick-out.service", "bianmin-stick-in.service"
_TARGET = """
[Unit]
Requires=basic.target
Wants=bianmin-stick-out.path bianmin-stick-in.path
After=basic.target
AllowIsolate=yes
"""
_EXT4 = """
[Mount]
Type=ext4
Options=
Options={options}nosuid,nodev,noexec
"""
_NO_UDEV = "[Unit]\nBindsTo=\nAfter=\n"
_PYTHON = ("env", "PYTHONPATH=/usr/lib/bianmin-tree", "/usr/lib/bianmin-tree/.venv/bin/python", "-c")
_SUBMIT = """
from pathlib import Path
from kiosk.store import Store
from kiosk.sync import enrolment
from tests.terminal_parts import CITIZEN
from wire.clock import SystemClock
data = Path("/var/lib/bianmin")
with Store.open(data / "terminal.sqlite3", SystemClock(), enrolment.load(data)) as store:
    store.cases.submit("item", CITIZEN, {})
"""
_LEAVE = """
import sys
from pathlib import Path
from kiosk.stick.errands import IN, OUT
print((IN if sys.argv[1] == "bring_back" else OUT).leave(Path("/var/lib/bianmin"), sys.argv[1]))
"""

pytestmark = [pytest.mark.boots, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Make a stick of 8 MB; yield its loop device's number."""
    image = tmp_path_factory.mktemp("stick") / "image"
    image.write_bytes(bytes(8 * 1024 * 1024))
    subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", image], check=True)
    made = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip("needs a loop device")
    device = made.stdout.strip()
    subprocess.run(["blockdev", "--setrw", device], check=True)  # whatever it was for whoever had it before
    yield device.removeprefix("/dev/loop")
    subprocess.run(["losetup", "--detach", device], check=True)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    media = Path(__file__).parents[2] / "systemd" / "media.mount"
    no_udev = [line for line in media.read_text().splitlines() if not line.startswith(("BindsTo=", "After="))]
    tree: dict[str, str | bytes | Path] = {
        **files(),
        f"etc/systemd/system/{TARGET}": _TARGET,
        "etc/systemd/system/media.mount": "\n".join([*no_udev, ""]),
        "etc/systemd/system/media.mount.d/test.conf": _EXT4.format(options="ro,"),
        "etc/systemd/system/mnt.mount.d/test.conf": _EXT4.format(options=""),
    }
    with Machine(tmp_path_factory.mktemp("machine"), TARGET, tree) as booted:
        yield booted


@pytest.fixture
def plugged_in(machine: Machine, stick: str) -> Iterator[Machine]:
    """Plug the stick in, as udev does on the appliance; pull it at the end."""
    machine.run("sh", "-c", f"mkdir -p /dev/bianmin; mknod {STICK} b 7 {stick}")
    machine.run("sh", "-c", f"mount {STICK} /mnt; chmod 777 /mnt; umount /mnt")
    machine.run("systemctl", "start", "media.mount")
    yield machine
    machine.run("sh", "-c", f"systemctl stop media.mount; rm {STICK}")


def answered(machine: Machine, errand: Errand) -> dict[str, object]:
    """Wish as the screen does; return the answer's code, and what it tells."""
    wish = machine.run(*_PYTHON, _LEAVE, errand.value, user="bianmin").strip()
    name, unit = ("stick-in.json", IN) if errand is Errand.BRING_BACK else ("stick-out.json", OUT)

    def told() -> str:
        return machine.run("cat", f"{HERE}/{name}", check=False)

    machine.until(lambda: wish in told(), f"no answer of {unit}")
    answer = json.loads(told())
    return {"code": answer["code"], **answer["told"]}


def content_of(machine: Machine, name: str) -> bytes:
    """Return a file of the stick."""
    return base64.b64decode(machine.run("base64", f"/media/{name}"))


def only_to_be_read(machine: Machine) -> None:
    """Wait until the stick is mounted as it was before an errand."""
    machine.until(lambda: mounts(machine) == ["/media ro"], "the stick is not mounted again")


def put(machine: Machine, script: str) -> None:
    """Change what is on the stick, as at another machine."""
    only_to_be_read(machine)
    machine.run("sh", "-c", f"systemctl stop media.mount; mount {STICK} /mnt; cd /mnt; {script}; cd /; umount /mnt")
    machine.run("systemctl", "start", "media.mount")


def mounts(machine: Machine) -> list[str]:
    """Return where the stick is mounted, and whether it takes writes there."""
    lines = [line.split() for line in machine.run("cat", "/proc/mounts").splitlines()]
    return [f"{at} {options.split(',')[0]}" for device, at, _, options, *_ in lines if device == STICK]


def test_a_support_bundle_is_saved(plugged_in: Machine) -> None:
    """Written, on the stick for good, and unmounted before the screen is told; then it can be read, and only read."""
    assert mounts(plugged_in) == ["/media ro"]
    told = answered(plugged_in, Errand.SUPPORT)
    assert "/mnt rw" not in mounts(plugged_in)
    only_to_be_read(plugged_in)
    name = str(told["file"])
    assert told == {"code": "", "file": name}
    envelope = Envelope.model_validate_json(content_of(plugged_in, name))
    assert unseal(envelope, SupportBundle, key=SEALING_KEY).archive
    refused = plugged_in.run("sh", "-c", "touch /media/x 2>&1", user="bianmin", check=False)
    assert "Read-only" in refused


@pytest.mark.fault("hostile stick", code="wire.ferry_not_ours")
def test_out_by_stick_and_back(plugged_in: Machine) -> None:
    """What is queued leaves by stick, its answer comes back; whatever else lies there is refused, or not looked at."""
    plugged_in.run(*_PYTHON, _SUBMIT, user="bianmin")
    sent = answered(plugged_in, Errand.SEND)
    assert (sent["code"], sent["envelopes"]) == ("", 1)
    only_to_be_read(plugged_in)
    assert answered(plugged_in, Errand.BRING_BACK) == {"code": "wire.ferry_none"}
    answer = base64.b64encode(answer_to(content_of(plugged_in, str(sent["file"])))).decode()
    hostile = "mkfifo bianmin-dl-0012-7.down.ferry; ln -s /etc/shadow bianmin-dl-0012-8.down.ferry; "
    hostile += "mkdir bianmin-dl-0012-9.down.ferry; echo PK >bianmin-dl-0012-2.down.ferry; cp /bin/true run.sh; "
    put(plugged_in, f"{hostile} echo {answer} | base64 -d >bianmin-dl-0012-1.down.ferry")
    assert answered(plugged_in, Errand.BRING_BACK) == {"code": "wire.ferry_not_ours"}, "the others were taken over"
    assert answered(plugged_in, Errand.SEND)["envelopes"] == 0
    put(plugged_in, "rm -r bianmin-dl-0012-2.down.ferry")
    assert answered(plugged_in, Errand.BRING_BACK) == {"code": "wire.ferry_old"}


@pytest.mark.fault("stick full", code="terminal.stick_full")
@pytest.mark.fault("stick read-only", code="terminal.stick_protected")
def test_a_stick_that_cannot_be_written(plugged_in: Machine, stick: str) -> None:
    """A full one, and one whose switch is on, are told apart; nothing is left on either, and the way stays open."""
    put(plugged_in, "head -c 20000000 /dev/zero >full 2>/dev/null || true")
    before = plugged_in.run("ls", "-a", "/media")
    assert answered(plugged_in, Errand.SUPPORT) == {"code": "terminal.stick_full"}
    only_to_be_read(plugged_in)
    assert plugged_in.run("ls", "-a", "/media") == before
    put(plugged_in, "rm full")
    plugged_in.run("systemctl", "stop", "media.mount")
    subprocess.run(["blockdev", "--setro", f"/dev/loop{stick}"], check=True)
    try:
        assert answered(plugged_in, Errand.SEND) == {"code": "terminal.stick_protected"}
    finally:
        subprocess.run(["blockdev", "--setrw", f"/dev/loop{stick}"], check=True)


@pytest.mark.fault("no stick", code="terminal.stick_missing")
def test_no_stick(machine: Machine) -> None:
    """Where none is plugged in, each errand says so; the units are ready for the next try."""
    for errand in (Errand.SEND, Errand.BRING_BACK):
        assert answered(machine, errand) == {"code": "terminal.stick_missing"}
    assert mounts(machine) == []
    for unit in ("bianmin-stick-out.path", "bianmin-stick-in.path"):
        assert machine.asked(unit, "ActiveState") == "active"
