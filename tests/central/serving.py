"""The centre as a server of its own process, for tests that go over HTTP; stopped by its own pid."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_STOP_S = 30


@dataclass(frozen=True, slots=True)
class RunningCentre:
    """Where the server listens, and the environment in which more commands reach the same centre."""

    url: str
    environment: dict[str, str]

    def command(self, *words: str) -> str:
        """Run ``python -m central …`` and return what it printed."""
        return run(self.environment, *words)

    def new_terminal(self, name: str) -> str:
        """Return the enrolment code of a new terminal."""
        return str(json.loads(self.command("new-terminal", "--name", name))["code"])


def environment_for(data: Path, database_url: str | None = None) -> dict[str, str]:
    """Return the environment of a centre that keeps its secrets in ``data``."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"BIANMIN_CENTRE_DATA": str(data), "BIANMIN_CENTRE_HTTPS": "0", "BIANMIN_CENTRE_LOG": "WARNING"}
    environment["DJANGO_SETTINGS_MODULE"] = "central.settings"
    if database_url:
        environment["DATABASE_URL"] = database_url
    return environment


def run(environment: dict[str, str], *words: str) -> str:
    """Run a command of the centre. Raises CalledProcessError, whose ``stderr`` tells why."""
    command = [sys.executable, "-m", "central", *words]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


@contextmanager
def serving(environment: dict[str, str], *, workers: int = 2) -> Iterator[RunningCentre]:
    """Serve on any free port of the loopback until the block ends. The tables must be there (``init``)."""
    command = [sys.executable, "-m", "central", "serve", "--bind", "127.0.0.1:0", "--workers", str(workers)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the centre did not start: exit code {process.wait(_STOP_S)}")
        yield RunningCentre(json.loads(line)["listening"][0], environment)
    finally:
        process.terminate()
        process.wait(_STOP_S)
        process.stdout.close()
