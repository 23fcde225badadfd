"""Whether this start of the machine is a good one: asked once, before systemd-boot is told to keep a new version.

What kiosk and sync say of themselves (``READY=1``, by proof of work: :mod:`kiosk.watchdog`) is systemd's to tell.
"""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import structlog

from kiosk.config import Config
from kiosk.store import KeyExposed, Store, StoreError, Terminal
from kiosk.sync import enrolment
from kiosk.sync.errors import NotEnrolled
from wire.clock import Clock, SystemClock

KIOSK, SYNC = "bianmin-kiosk.service", "bianmin-sync.service"
POLL_S = 2.0
_ASKED = ("Id", "ActiveState", "ActiveEnterTimestampMonotonic")
_log = structlog.get_logger("health")


class Verdict(Enum):
    """What is known by now."""

    GOOD = auto()
    NOT_YET = auto()
    BAD = auto()


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as systemd sees it. ``active_since``: seconds of the monotonic clock; a crash begins it anew."""

    state: str
    active_since: float = 0.0


def judge(units: Mapping[str, Unit], now: float, settle_s: float) -> Verdict:
    """Return GOOD when every unit has been active for ``settle_s``, BAD when systemd has given one up."""
    if any(unit.state == "failed" for unit in units.values()):
        return Verdict.BAD
    settled = all(unit.state == "active" and now - unit.active_since >= settle_s for unit in units.values())
    return Verdict.GOOD if settled else Verdict.NOT_YET


def parse(shown: str) -> dict[str, Unit]:
    """Read what ``systemctl show`` prints of several units: properties, units parted by empty lines."""
    units = {}
    for block in shown.strip().split("\n\n"):
        properties = dict(line.split("=", 1) for line in block.splitlines())
        since_us = int(properties.get("ActiveEnterTimestampMonotonic") or 0)
        units[properties["Id"]] = Unit(properties["ActiveState"], since_us / 1e6)
    return units


def watch(
    config_path: Path,
    settle_s: float,
    patience_s: float,
    wait: Callable[[float], object],
    *,
    clock: Clock | None = None,
    ask: Callable[[tuple[str, ...]], str] | None = None,
) -> bool:
    """Watch until it is known whether the start is good. Raises ConfigWrong. ``wait``: called with seconds.

    A terminal that is not enrolled has nothing to synchronise and no store: its kiosk alone decides.
    """
    clock, ask = clock or SystemClock(), ask or _systemctl
    config = Config.load(config_path)
    begun = clock.monotonic()
    while True:
        try:
            terminal = _terminal(config)
        except KeyExposed as error:
            _log.error("not a good start", code=error.code)
            return False
        units = parse(ask((KIOSK,) if terminal is None else (KIOSK, SYNC)))
        verdict = judge(units, clock.monotonic(), settle_s)
        if verdict is Verdict.GOOD:
            return terminal is None or _store_opens(config.database, clock, terminal)
        if verdict is Verdict.BAD or clock.monotonic() - begun > patience_s:
            _log.error("not a good start", **{name: unit.state for name, unit in units.items()})
            return False
        wait(POLL_S)


def _terminal(config: Config) -> Terminal | None:
    try:
        return enrolment.load(config.data_dir)
    except NotEnrolled:
        return None


def _store_opens(database: Path, clock: Clock, terminal: Terminal) -> bool:
    try:
        with Store.open(database, clock, terminal) as store:
            store.outbox.queue()
    except StoreError as error:
        _log.error("not a good start", code=error.code)
        return False
    return True


def _systemctl(units: tuple[str, ...]) -> str:
    command = ["/usr/bin/systemctl", "show", f"--property={','.join(_ASKED)}", *units]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout  # noqa: S603 - fixed
