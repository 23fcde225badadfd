"""Runs ``bianmin`` as a technician does: a process of its own, whose streams and exit code are looked at."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HANGS_S = 90


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """What was printed: exactly one line, and nothing beside it."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        return json.loads(self.out)


def bianmin(*arguments: object, environment: Mapping[str, str] | None = None, typed: str = "") -> Ended:
    """Run a command to its end. ``typed`` is its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *map(str, arguments)],
        input=typed,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
        env={**os.environ, "LANG": "C.UTF-8", **(environment or {})},
    )
    return Ended(done.returncode, done.stdout, done.stderr)
