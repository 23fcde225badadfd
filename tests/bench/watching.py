"""The terminal's own process, watched from inside: when what was first on the glass (see ``watched_terminal``)."""

import json
from pathlib import Path

from demo.process import Child
from kiosk.private_memory import BEGUN_WITH
from tests.bench.stand import Stand


class WatchedTerminal:
    """A terminal application on a stand, in place of ``at.terminal.app``; ``name`` tells its notes from others'."""

    def __init__(self, at: Stand, name: str) -> None:
        self._notes: Path = at.root / f"notes-{name}"
        port = at.terminal.glass.url.rpartition(":")[2]
        self.app = Child(
            *("tests.bench.watched_terminal", str(at.terminal.config), port, str(self._notes)),
            log=at.terminal.log,
            environment={**at.hardware.environment, **BEGUN_WITH, "TMPDIR": str(at.root)},
        )

    def at(self, event: str, since: float = 0.0) -> float:
        """Return when an event was first noted from ``since`` on, in seconds of CLOCK_MONOTONIC."""
        for line in self._notes.read_text(encoding="utf-8").splitlines():
            noted = json.loads(line)
            if noted["event"] == event and noted["at"] >= since:
                return float(noted["at"])
        raise ValueError(f"no {event} was noted")
