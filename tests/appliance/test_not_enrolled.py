"""A terminal that is nobody's yet: it comes up to its first start, and begins to synchronise once it is enrolled."""

from pathlib import Path

import pytest

from tests.appliance.machine import Machine
from tests.appliance.terminal import TARGET, files

KIOSK, SYNC = "bianmin-kiosk.service", "bianmin-sync.service"

pytestmark = [pytest.mark.boots, pytest.mark.timeout(300)]


def test_a_first_boot(tmp_path: Path) -> None:
    """Nothing fails for want of an identity; the identity starts what waits for it."""
    tree = files()
    del tree["usr/lib/tmpfiles.d/terminal-test.conf"]
    with Machine(tmp_path, TARGET, tree) as machine:
        machine.until(lambda: machine.asked(KIOSK, "ActiveState") == "active", "the first start is not shown")
        assert machine.asked(KIOSK, "NRestarts") == "0"
        assert machine.asked(SYNC, "ActiveState") == "inactive"
        assert machine.run("systemctl", "--failed", "--plain", "--no-legend") == ""
        health = ["bianmin", "health", "--config", "/etc/bianmin/terminal.toml", "--settle", "1"]
        machine.run(*health, user="bianmin")
        machine.run("install", "-m", "600", "/usr/share/bianmin/terminal.json", "/var/lib/bianmin/", user="bianmin")
        machine.until(lambda: machine.asked(SYNC, "ActiveState") == "active", "sync does not begin")
