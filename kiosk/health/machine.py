"""Readings of the machine beside its disks: memory, heat, real-time clock, load, uptime. What is absent is None."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kiosk.health.storage import number

_MILLI = 1000
_KB_OF_MB = 1000


@dataclass(frozen=True, slots=True)
class Memory:
    """What the kernel counts as memory, in MB; ``available`` without swapping."""

    total_mb: int
    available_mb: int


@dataclass(frozen=True, slots=True)
class Heat:
    """The hottest place, in °C, the lowest temperature at which the machine would switch itself off, and throttling.

    ``throttled``: how often a processor was slowed down for heat since the start; None where it does not say.
    """

    hottest_c: int | None
    critical_c: int | None
    throttled: int | None


@dataclass(frozen=True, slots=True)
class RealTimeClock:
    """The clock that goes on while the power is off. ``battery_dead``: as it says itself; None where it cannot."""

    at: datetime
    battery_dead: bool | None


@dataclass(frozen=True, slots=True)
class Running:
    """Since when and how busily the machine runs. ``load``: of the last 15 minutes, divided by the processors."""

    uptime_s: int | None
    load: float | None
    boot_id: str


def memory(root: Path) -> Memory | None:
    """Read /proc/meminfo (proc(5)), whose kB are 1024 bytes."""
    values = dict(re.findall(r"^(\w+): +(\d+) kB$", _text(root / "proc/meminfo"), re.MULTILINE))
    try:
        return Memory(*(int(values[name]) * 1024 // _MILLI // _KB_OF_MB for name in ("MemTotal", "MemAvailable")))
    except KeyError:
        return None


def heat(root: Path) -> Heat:
    """Read thermal zones and their critical trip points (millidegrees), and x86's counts of throttling."""
    zones = list(root.glob("sys/class/thermal/thermal_zone*"))
    temperatures = [found for zone in zones if (found := number(zone / "temp")) is not None and found > 0]
    critical = [
        found
        for zone in zones
        for kind in zone.glob("trip_point_*_type")
        if _text(kind).strip() == "critical"
        and (found := number(kind.with_name(kind.name.replace("_type", "_temp")))) is not None
        and found > 0
    ]
    throttled = [
        found
        for path in root.glob("sys/devices/system/cpu/cpu*/thermal_throttle/core_throttle_count")
        if (found := number(path)) is not None
    ]
    return Heat(
        max(temperatures) // _MILLI if temperatures else None,
        min(critical) // _MILLI if critical else None,
        sum(throttled) if throttled else None,
    )


def real_time_clock(root: Path) -> RealTimeClock | None:
    """Read rtc0; the state of its battery where it is a PC's CMOS clock (``batt_status`` of /proc/driver/rtc)."""
    seconds = number(root / "sys/class/rtc/rtc0/since_epoch")
    if seconds is None:
        return None
    status = re.search(r"^batt_status\s*: (\w+)$", _text(root / "proc/driver/rtc"), re.MULTILINE)
    return RealTimeClock(datetime.fromtimestamp(seconds, UTC), None if status is None else status[1] != "okay")


def running(root: Path) -> Running:
    """Read uptime, load and the id of this start."""
    uptime, load = _text(root / "proc/uptime").split(), _text(root / "proc/loadavg").split()
    processors = len(list(root.glob("sys/devices/system/cpu/cpu[0-9]*"))) or 1
    return Running(
        uptime_s=int(float(uptime[0])) if uptime else None,
        load=round(float(load[2]) / processors, 2) if load else None,
        boot_id=_text(root / "proc/sys/kernel/random/boot_id").strip(),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
