"""What readings mean: for each part of the machine a grade, a code of ``wire/problems.toml``, and figures. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from kiosk.health.clock_watch import ClockMemory
from kiosk.health.machine import Heat, Memory, RealTimeClock, Running
from kiosk.health.readings import Readings
from kiosk.health.storage import Room, Wear
from wire.clock import ClockQuality

# Each warns weeks before it is too late, where the thing wears out slowly.
USED_PERCENT: Final = 85  # of the data partition
LEAST_FREE_MB: Final = 200  # below it SQLite's next checkpoint and an update may not fit
FEW_FREE_MB: Final = 1000
FEW_INODES_PERCENT: Final = 10
LIFE_PERCENT: Final = 80  # of a disk's life used
LIFE_OVER_PERCENT: Final = 100
MEMORY_PERCENT: Final = 10  # available
NEAR_CRITICAL_C: Final = 10
HOT_C: Final = 85  # where no critical temperature is told
RTC_DRIFT_S: Final = 30  # a healthy crystal is right to some seconds a week, and is set every 11 minutes
_FIRST_YEAR: Final = 2026  # before it there was no such terminal
_DAY_S: Final = 86_400


class Grade(StrEnum):
    """How bad it is."""

    WELL = "well"
    NOTICE = "notice"  # the terminal serves, and somebody should see to it
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One part of the machine. ``detail``: figures, names of kernel devices; ``code``: None where all is well."""

    subject: str
    grade: Grade
    detail: str
    code: str | None = None


def judge(
    readings: Readings, *, now: datetime, quality: ClockQuality, clock: ClockMemory | None = None
) -> tuple[Verdict, ...]:
    """Judge what is there; what the machine does not tell has no verdict."""
    return tuple(_judged(readings, now, quality, clock))


def _judged(readings: Readings, now: datetime, quality: ClockQuality, clock: ClockMemory | None) -> Iterator[Verdict]:
    yield disk(readings.room)
    for one in readings.errors:
        told = f"{one.device}: {one.count} errors"
        yield _told("file_system", told, "terminal.disk_errors" if one.count else None, worst=Grade.FAULT)
    for wear in readings.wear:
        yield _wear(wear)
    if readings.memory is not None:
        yield _memory(readings.memory)
    if readings.heat.hottest_c is not None:
        yield _heat(readings.heat, readings.heat.hottest_c)
    if readings.rtc is not None or clock is not None:
        yield _rtc(readings.rtc, clock, now, quality)
    yield from _running(readings.running)


def disk(room: Room) -> Verdict:
    """Judge the room on the data partition."""
    detail = f"{room.free_mb} MB free, {room.used_percent} % used"
    if room.free_mb < LEAST_FREE_MB:
        return Verdict("disk", Grade.FAULT, detail, "terminal.disk_low")
    if room.free_inodes_percent < FEW_INODES_PERCENT:
        return Verdict("disk", Grade.NOTICE, f"{detail}, {room.free_inodes_percent} % inodes free", "terminal.disk_low")
    few = room.used_percent >= USED_PERCENT or room.free_mb < FEW_FREE_MB
    return _told("disk", detail, "terminal.disk_low" if few else None)


def _wear(wear: Wear) -> Verdict:
    used = wear.life_used_percent
    over = used is not None and used > LIFE_OVER_PERCENT
    detail = f"{wear.disk}: " + ("says nothing of its life" if used is None else f"up to {used} % of its life used")
    if wear.failing or over:
        return Verdict("storage", Grade.FAULT, f"{detail}; it is about to fail", "terminal.storage_worn")
    return _told("storage", detail, "terminal.storage_worn" if used is not None and used >= LIFE_PERCENT else None)


def _memory(memory: Memory) -> Verdict:
    low = memory.available_mb * 100 < memory.total_mb * MEMORY_PERCENT
    detail = f"{memory.available_mb} of {memory.total_mb} MB available"
    return _told("memory", detail, "terminal.memory_low" if low else None)


def _heat(heat: Heat, hottest_c: int) -> Verdict:
    limit_c = HOT_C if heat.critical_c is None else heat.critical_c - NEAR_CRITICAL_C
    throttled = f", slowed down {heat.throttled} times" if heat.throttled else ""
    return _told("temperature", f"{hottest_c} °C{throttled}", "terminal.too_hot" if hottest_c >= limit_c else None)


def _rtc(rtc: RealTimeClock | None, clock: ClockMemory | None, now: datetime, quality: ClockQuality) -> Verdict:
    """Judge the clock: a dead battery shows in its own word, a start in the past, or a year that cannot be."""
    if rtc is not None and (rtc.battery_dead or rtc.at.year < _FIRST_YEAR):
        return Verdict("rtc", Grade.NOTICE, f"{rtc.at:%Y-%m-%d %H:%M:%S} UTC, battery", "terminal.rtc_lost")
    if clock is not None and clock.lost:
        return Verdict("rtc", Grade.NOTICE, "the last start was in the past", "terminal.rtc_lost")
    if rtc is None:
        return Verdict("rtc", Grade.WELL, "kept the time over the last start")
    drift_s = round((rtc.at - now).total_seconds())
    far = quality is ClockQuality.SYNCHRONISED and abs(drift_s) > RTC_DRIFT_S
    detail = f"{drift_s} s from the system's time"
    return _told("rtc", detail, "terminal.rtc_lost" if far else None)


def _running(running: Running) -> Iterator[Verdict]:
    told = []
    if running.uptime_s is not None:
        told.append(f"up {running.uptime_s // _DAY_S} d {running.uptime_s % _DAY_S // 3600} h")
    if running.load is not None:
        told.append(f"load {running.load}")
    if told:
        yield Verdict("machine", Grade.WELL, ", ".join(told))


def _told(subject: str, detail: str, code: str | None, worst: Grade = Grade.NOTICE) -> Verdict:
    return Verdict(subject, Grade.WELL if code is None else worst, detail, code)
