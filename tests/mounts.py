"""Runs a program that may mount file systems, which nobody else sees."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]


def in_its_own_mounts(program: str, *arguments: str | Path) -> str:
    """Run a program that may mount, for itself alone; return what it printed."""
    unshare = ["unshare", "--mount", "--propagation", "private"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("here nobody may mount: in a chroot, or in a container without that right")
    done = subprocess.run(
        [*unshare, sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
