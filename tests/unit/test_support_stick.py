"""A support bundle onto sticks that are full or write-protected, for real: small file systems in a mount namespace."""

from pathlib import Path

import pytest

from tests.mounts import in_its_own_mounts

PROGRAM = """
import os, subprocess, sys
from pathlib import Path
from kiosk.support import ways
from tests.terminal_parts import TERMINAL, StandingClock

folder, options = Path(sys.argv[1]), sys.argv[2]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
if options:
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)
try:
    ways.to_folder(folder, os.urandom(100_000), TERMINAL, StandingClock())
except ways.StickUnwritable as error:
    print(error.code, len(list(folder.iterdir())), error, sep="|")
"""


@pytest.mark.fault("stick full", code="terminal.stick_unwritable")
def test_a_full_stick(tmp_path: Path) -> None:
    """A stick without room has a code; no half file is left on it."""
    assert stick(tmp_path, "") == "terminal.stick_unwritable|0|No space left on device"


@pytest.mark.fault("stick read-only", code="terminal.stick_unwritable")
def test_a_write_protected_stick(tmp_path: Path) -> None:
    """A stick that takes no writes has a code; what was on it stays as it was."""
    assert stick(tmp_path, "ro") == "terminal.stick_unwritable|0|Read-only file system"


def stick(folder: Path, options: str) -> str:
    """Try to write onto a stick of 64 kB that is mounted at ``folder`` for that process alone; return what it said."""
    return in_its_own_mounts(PROGRAM, folder, options).strip()
