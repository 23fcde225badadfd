"""Whatever crashes or hangs comes back by itself; what keeps crashing ends on a screen that says so.

Everything is real but the graphics card: systemd, our units, the application, an X server, pcscd, cupsd.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.appliance.machine import Machine
from tests.appliance.terminal import TARGET, files

KIOSK, SYNC, X = "bianmin-kiosk.service", "bianmin-sync.service", "bianmin-x.service"
X_SOCKET = "/tmp/.X11-unix/X0"  # noqa: S108 - where X clients look for it
SCREEN = "bianmin-out-of-service@kiosk.service"
HEALTH = ("bianmin", "health", "--config", "/etc/bianmin/terminal.toml")
PROGRAMS = {"pcscd.service": "pcscd", "cups.service": "cupsd"}

pytestmark = [pytest.mark.boots, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Machine(tmp_path_factory.mktemp("machine"), TARGET, files()) as machine:
        yield machine


@pytest.fixture
def machine(booted: Machine) -> Machine:
    """Give the machine with everything at work, and no crash counted."""
    booted.run("systemctl", "stop", SCREEN, check=False)
    booted.run("systemctl", "reset-failed")
    booted.run("systemctl", "start", "--no-block", X, KIOSK, SYNC)
    _until_active(booted, X, KIOSK, SYNC)
    return booted


def _until_active(machine: Machine, *units: str) -> None:
    for unit in units:
        machine.until(lambda unit=unit: machine.asked(unit, "ActiveState") == "active", f"{unit} does not come up")


def _pid(machine: Machine, unit: str) -> str:
    return machine.asked(unit, "MainPID")


def _until_another(machine: Machine, unit: str, pid: str) -> None:
    """Wait until a unit is at work again, with another process."""
    machine.until(
        lambda: _pid(machine, unit) not in {"0", pid} and machine.asked(unit, "ActiveState") == "active",
        f"{unit} does not come back",
    )


def test_everything_starts_without_an_order(machine: Machine) -> None:
    """Kiosk and sync say that they are ready, by their work; Xorg took the socket over; nothing failed."""
    assert machine.asked(KIOSK, "StatusText") == machine.asked(SYNC, "StatusText") == "serving"
    assert machine.asked(KIOSK, "NRestarts") == machine.asked(X, "NRestarts") == "0"
    assert machine.run("systemctl", "--failed", "--plain", "--no-legend") == ""
    assert machine.run("stat", "--format=%U %G %a", X_SOCKET).strip() == "bianmin-x bianmin 660"


@pytest.mark.fault("application that hangs")
def test_an_application_that_hangs_is_replaced(machine: Machine) -> None:
    """It is stopped in its tracks (SIGSTOP), says nothing, and has been replaced once the watchdog's time is over."""
    pid = _pid(machine, KIOSK)
    machine.run("kill", "-STOP", pid)
    _until_another(machine, KIOSK, pid)
    assert "Watchdog timeout" in machine.journal(KIOSK)


@pytest.mark.fault("killed")
@pytest.mark.parametrize("unit", [KIOSK, SYNC])
def test_a_process_that_is_killed_comes_back(machine: Machine, unit: str) -> None:
    """SIGKILL, as by the kernel when memory is out: there is another one, at work again."""
    pid = _pid(machine, unit)
    machine.run("kill", "-KILL", pid)
    _until_another(machine, unit, pid)


@pytest.mark.fault("display server killed")
def test_a_display_server_that_is_killed_comes_back(machine: Machine) -> None:
    """The application ends with it, and both are at work again."""
    server, application = _pid(machine, X), _pid(machine, KIOSK)
    machine.run("kill", "-KILL", server)
    _until_another(machine, X, server)
    _until_another(machine, KIOSK, application)


@pytest.mark.parametrize("unit", list(PROGRAMS))
def test_a_service_that_is_killed_comes_back(machine: Machine, unit: str) -> None:
    """Pcscd and cupsd are there again at once; the application goes on meanwhile."""
    application = _pid(machine, KIOSK)
    machine.run("systemctl", "start", unit)
    pid = _pid(machine, unit)
    machine.run("kill", "-KILL", pid)
    _until_another(machine, unit, pid)
    assert _pid(machine, KIOSK) == application


def test_documents_in_the_spool_are_gone_before_cupsd_starts(machine: Machine) -> None:
    """What a killed cupsd left is not printed to nobody (decision 6), and nothing of the spool is on a disk."""
    machine.run("systemctl", "start", "cups.service")
    machine.run("sh", "-c", "cd /run/bianmin-spool && touch c00001 d00001-001 d00002-001 tmp/left")
    machine.run("systemctl", "kill", "--signal=KILL", "cups.service")
    there = ["sh", "-c", "cd /run/bianmin-spool && ls && ls tmp"]
    machine.until(lambda: machine.run(*there).split() == ["c00001", "tmp"], "documents are still there")
    assert machine.run("stat", "--file-system", "--format=%T", "/run/bianmin-spool").strip() == "tmpfs"


def test_health(machine: Machine) -> None:
    """A start at which all is at work is good."""
    machine.run(*HEALTH, "--settle", "1", user="bianmin")


def test_the_application_may_restart_pcscd_and_nothing_else(machine: Machine) -> None:
    """Polkit lets its user do that, and use the readers; it is no way to any other unit, nor to switch off."""
    machine.run("systemctl", "restart", "pcscd.service", user="bianmin")
    for refused in (
        ("restart", "cups.service"),
        ("stop", "pcscd.service"),
        ("start", "bianmin-apply-update.service"),
        ("poweroff",),
    ):
        told = machine.run(
            "sh", "-c", 'systemctl --no-ask-password "$@" 2>&1', "sh", *refused, user="bianmin", check=False
        )
        assert "authentication" in told.lower() or "denied" in told.lower(), (refused, told)
    readers = "from smartcard.System import readers; print(readers())"
    python = "/usr/lib/bianmin-tree/.venv/bin/python"
    machine.until(
        lambda: machine.run(python, "-c", readers, user="bianmin", check=False).startswith("["),
        "pcscd does not answer its user",
    )
    if Path("/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy").exists():  # bookworm's pcscd asks no polkit
        assert machine.run(python, "-c", readers, user="nobody", check=False) in {"", "[]\n"}


@pytest.mark.parametrize("unit", [SYNC, KIOSK])
def test_sigterm_ends_it_cleanly(booted: Machine, unit: str) -> None:
    """`systemctl stop` ends it by itself, with status 0, before anybody loses patience."""
    booted.run("systemctl", "start", unit)
    booted.run("systemctl", "stop", unit)
    assert (booted.asked(unit, "Result"), booted.asked(unit, "ExecMainStatus")) == ("success", "0")


@pytest.mark.fault("application that keeps crashing", "terminal.keeps_failing")
def test_five_crashes_end_on_a_screen(booted: Machine) -> None:
    """Not a sixth start, but the out-of-service screen with its code; when that ends, the application comes again."""
    booted.run("systemctl", "stop", KIOSK)
    booted.run("systemctl", "reset-failed")  # from here on every start is counted
    booted.run("systemctl", "start", "--no-block", KIOSK)
    killed = "0"
    for _ in range(5):
        booted.until(lambda: _pid(booted, KIOSK) not in {"0", killed}, "the application is not started again")  # noqa: B023
        killed = _pid(booted, KIOSK)
        booted.run("kill", "-KILL", killed)
    _until_active(booted, SCREEN)
    booted.until(lambda: "OUT OF SERVICE\r\n    terminal.keeps_failing" in booted.console, "nothing is shown")
    why = "/run/bianmin-out-of-service-kiosk/code"
    assert booted.run("cat", why, user="bianmin") == "terminal.keeps_failing", "what sync tells the centre"
    assert booted.asked(KIOSK, "ActiveState") == "failed"
    booted.until(lambda: booted.asked(X, "ActiveState") == "inactive", "the display server does not end")
    assert booted.asked(SYNC, "ActiveState") == "active"
    judged = ("sh", "-c", '"$@" 2>&1; echo "status $?"', "sh", *HEALTH)
    assert "status 1" in booted.run(*judged, user="bianmin")  # a new version that does so is taken back
    booted.run("systemctl", "reset-failed", KIOSK)  # as ten minutes later
    booted.run("systemctl", "stop", SCREEN)  # as a quarter of an hour later
    _until_active(booted, KIOSK, X)
    assert booted.run("sh", "-c", f"ls {why} 2>/dev/null || true") == ""


@pytest.mark.fault("configuration that is wrong", "terminal.config_wrong")
def test_a_wrong_configuration_is_not_tried_five_times(booted: Machine) -> None:
    """It leads to the screen at once, with its own code."""
    booted.run("systemctl", "stop", KIOSK)
    booted.run("sed", "-i", "s/^source = .*/source = 'nowhere'/", "/var/lib/bianmin/terminal.toml")
    booted.run("systemctl", "start", KIOSK, check=False)
    _until_active(booted, SCREEN)
    booted.until(lambda: "OUT OF SERVICE\r\n    terminal.config_wrong" in booted.console, "nothing is shown")
    assert booted.asked(KIOSK, "NRestarts") == "0"
    booted.run("sed", "-i", "s/^source = .*/source = 0/", "/var/lib/bianmin/terminal.toml")
