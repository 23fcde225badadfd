"""What the centre promises on SQLite, it promises on PostgreSQL: this folder's tests once more, on a real server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.central.postgres import Postgres

FILES = sorted(path for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__))


@pytest.mark.slow
@pytest.mark.timeout(600)  # two hundred tests in one
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="this is the run on PostgreSQL already")
@pytest.mark.parametrize("files", [FILES[::2], FILES[1::2]], ids=["first-half", "second-half"])
def test_the_same_promises_hold_on_postgresql(
    postgres: Postgres, files: list[Path], request: pytest.FixtureRequest
) -> None:
    """Every test of this folder that needs no server of its own passes on PostgreSQL."""
    environment = {**os.environ, "DATABASE_URL": postgres.url(request.node.callspec.id)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *map(str, files)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:]
