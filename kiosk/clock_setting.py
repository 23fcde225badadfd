"""The clock set by hand, where no network tells the time: wished for at the screen, done by a unit that alone may.

The kernel's clock and the board's own are set. A stamp stays uncertain: a person may err.
"""

import asyncio
import fcntl
import logging
import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kiosk.wish import Answer, Sleep, Wish, Wishes
from wire.clock import CHINA, Clock, ClockQuality

CLOCK = Wishes("clock-wanted", "clock-set.json")
CLOCK_AT_WORK = Wishes(CLOCK.wish, "clock-set.part.json")  # the unit gives it its name at its end
DIGITS = 12
_FORM = "%Y%m%d%H%M"
_EARLIEST, _LATEST = 2026, 2099
_LONGEST_S = 60.0
_RTC = Path("/dev/rtc0")
_RTC_SET_TIME = 0x4024700A  # of <linux/rtc.h>, with struct rtc_time: nine ints, of which the last three do not matter

log = logging.getLogger(__name__)


class ClockNotSet(Exception):
    """The clock stays as it is."""

    code: str = "terminal.clock_not_set"


class NoSuchTime(ClockNotSet):
    """Twelve digits that are no day and minute of these decades."""

    code = "terminal.time_wrong"


class ClockRight(ClockNotSet):
    """The time comes from the network: nobody may set it by hand."""

    code = "terminal.clock_right"


class UnitRefused(ClockNotSet):
    """The unit did not set it; ``code`` is what it said."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def moment(digits: str) -> datetime:
    """Return the moment that twelve digits are: year, month, day, hour, minute in China. Raises :class:`NoSuchTime`."""
    try:
        found = datetime.strptime(digits, _FORM).replace(tzinfo=CHINA)
    except ValueError as error:
        raise NoSuchTime("no day and minute") from error
    if len(digits) != DIGITS or not _EARLIEST <= found.year <= _LATEST:
        raise NoSuchTime("not of these decades")
    return found


async def ask(data_dir: Path, digits: str, sleep: Sleep = asyncio.sleep) -> None:
    """Have the clock set. Raises :class:`ClockNotSet`, OSError."""
    moment(digits)
    told = await CLOCK.fulfilled(data_dir, digits, longest_s=_LONGEST_S, sleep=sleep, unanswered=ClockNotSet.code)
    if told.code:
        raise UnitRefused(told.code)


def fulfil(data_dir: Path, clock: Clock, put: Callable[[datetime], None] | None = None) -> None:
    """Do what was wished for, and answer. Raises OSError. ``put`` sets the machine's clocks, or raises OSError."""
    wish = CLOCK_AT_WORK.take(data_dir)
    if wish is None:
        return
    try:
        _set(wish, clock, put or set_clocks)
    except ClockNotSet as error:
        CLOCK_AT_WORK.tell(data_dir, Answer(wish.id, error.code))
    else:
        CLOCK_AT_WORK.tell(data_dir, Answer(wish.id))


def set_clocks(wanted: datetime, rtc: Path = _RTC) -> None:
    """Set the kernel's clock (CAP_SYS_TIME), and the board's, which runs in UTC. Raises OSError for the first."""
    time.clock_settime(time.CLOCK_REALTIME, wanted.timestamp())
    try:
        with rtc.open("rb") as file:
            fcntl.ioctl(file, _RTC_SET_TIME, rtc_time(wanted))
    except OSError as error:
        log.warning("the board's clock was not set: %s", error.strerror)


def rtc_time(moment_: datetime) -> bytes:
    """Return a moment as the kernel's ``struct rtc_time``: months from 0, years from 1900, in UTC."""
    at = moment_.astimezone(UTC)
    return struct.pack("=9i", at.second, at.minute, at.hour, at.day, at.month - 1, at.year - 1900, 0, 0, 0)


def _set(wish: Wish, clock: Clock, put: Callable[[datetime], None]) -> None:
    wanted = moment(wish.what)
    if clock.quality() is ClockQuality.SYNCHRONISED:
        raise ClockRight("the time comes from the network")
    try:
        put(wanted)
    except OSError as error:
        raise ClockNotSet(error.strerror or "") from error
