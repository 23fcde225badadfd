"""Machines for tests; a machine is booted once for a module."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.appliance.machine import ROOT


def _cannot_boot() -> str | None:
    """Return why no machine can be booted here; None where it can."""
    if os.geteuid() != 0:
        return "needs root: a container is booted"
    if "linux" not in sys.platform or shutil.which("systemd-nspawn") is None:
        return "needs systemd-nspawn (packages-debian.txt)"
    if "overlay" not in Path("/proc/filesystems").read_text(encoding="ascii"):
        return "needs the kernel's overlay file system"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Boot nothing where it cannot be done, and say why."""
    reason = _cannot_boot()
    for item in items:
        if reason and ROOT / "tests" / "appliance" in item.path.parents and "boots" in item.keywords:
            item.add_marker(pytest.mark.skipif(condition=True, reason=reason))
