"""The centre's server as a service: in its sandbox, ready when it answers, and there again when it was killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance.machine import Machine

UNIT = "bianmin-centre.service"
_TREE = "/usr/lib/bianmin-tree"
_ASK = """
import http.client
asked = http.client.HTTPConnection("127.0.0.1", 8000, timeout=30)
asked.request("GET", "/console/login/", headers={"Host": "localhost"})
print(asked.getresponse().status)
"""
_WHERE = f"""
[Service]
Environment=PYTHONPATH={_TREE} PYTHONDONTWRITEBYTECODE=1 BIANMIN_CENTRE_HTTPS=0
"""

pytestmark = [pytest.mark.boots, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    files: dict[str, str | bytes | Path] = {
        "usr/lib/bianmin": Path(f"{_TREE}/.venv"),
        f"etc/systemd/system/{UNIT}.d/test.conf": _WHERE,
    }
    with Machine(tmp_path_factory.mktemp("machine"), "basic.target", files) as booted:
        booted.run("systemctl", "start", UNIT)
        yield booted


def _answer(machine: Machine) -> str:
    return machine.run("python3", "-c", _ASK).strip()


def test_it_answers_once_it_is_ready(machine: Machine) -> None:
    """Started is: secrets made, tables there, certificates' templates loaded, and a page served."""
    assert _answer(machine) == "200"
    assert machine.asked(UNIT, "ActiveState") == "active"
    assert "Traceback" not in machine.journal(UNIT)


def test_it_is_for_its_user_alone(machine: Machine) -> None:
    """Database, secrets and keys are in a folder that nobody else may enter."""
    assert machine.run("stat", "--format=%a %U", "/var/lib/bianmin-centre").strip() == "700 bianmin-centre"
    modes = machine.run("find", "/var/lib/bianmin-centre", "-type", "f", "-printf", "%m %u\n").split("\n")
    assert set(filter(None, modes)) == {"600 bianmin-centre"}


def test_killed_it_comes_back(machine: Machine) -> None:
    """All of it: the master's end is the workers' end."""
    pid = machine.asked(UNIT, "MainPID")
    machine.run("kill", "-KILL", pid)
    machine.until(
        lambda: machine.asked(UNIT, "MainPID") not in {"0", pid} and machine.asked(UNIT, "ActiveState") == "active",
        "the centre does not come back",
    )
    assert _answer(machine) == "200"


def test_sigterm_ends_it_cleanly(machine: Machine) -> None:
    """It lets go by itself."""
    machine.run("systemctl", "stop", UNIT)
    assert (machine.asked(UNIT, "Result"), machine.asked(UNIT, "ExecMainStatus")) == ("success", "0")
