"""What the centre promises on SQLite, it promises on PostgreSQL: this folder's tests once more, on a real server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.central.postgres import Postgres


@pytest.mark.slow
@pytest.mark.timeout(600)  # two hundred tests in one
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="this is the run on PostgreSQL already")
def test_the_same_promises_hold_on_postgresql(postgres: Postgres) -> None:
    """Every test of this folder that needs no server of its own passes on PostgreSQL."""
    environment = {**os.environ, "DATABASE_URL": postgres.url("centre")}
    folder = Path(__file__).parent
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", str(folder)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:]
