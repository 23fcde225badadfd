"""The image of the profile dev: it starts, and what a developer needs is there, and only there."""

import os
from pathlib import Path
from typing import Final

import pytest

from tests.image import esp, outside
from tests.image.machine import MAC, Disk, Machine
from tests.image.outside import Outside
from tests.image.report import Report
from tests.image.starting import LONG_S, shows

_IMAGE: Final = os.environ.get("BIANMIN_IMAGE_DEV")
_PROMPT: Final = "root@bianmin"

pytestmark = pytest.mark.skipif(_IMAGE is None, reason="BIANMIN_IMAGE_DEV names no image")


def test_ssh_is_there_and_nothing_else(kept: Path, welcome: Path, report: Report) -> None:
    """The serial port has a root shell; a scan from outside finds sshd, and no other door. The kiosk runs as well."""
    disk = Disk(kept / "dev", Path(_IMAGE or ""))
    esp.without_keys(disk.file)
    with (
        Outside(disk.folder, MAC) as net,
        Machine(disk, secure_boot=False, network=outside.backend(disk.folder)) as machine,
    ):
        machine.until(lambda: _PROMPT in machine.serial, LONG_S, "no shell at the serial port")
        machine.until(lambda: shows(machine, welcome), LONG_S, "no first screen")
        assert net.has_addresses(LONG_S), "it asks for no address"
        assert net.open_ports() == ["IPv4 TCP 22 open", "IPv6 TCP 22 open"]
    report["profile dev: what answers from outside"] = "ssh alone, IPv4 and IPv6"
