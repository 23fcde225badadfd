"""The clock by hand: what is a time, who may set it when, and what the screen is told."""

import asyncio
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.clock_setting import CLOCK, CLOCK_AT_WORK, ClockNotSet, NoSuchTime, ask, fulfil, moment, rtc_time
from tests.terminal_parts import StandingClock
from wire.clock import ClockQuality

MORNING = "202611250930"


@pytest.mark.parametrize(
    "digits", ["202611250960", "202602300000", "202513010000", "210001010000", "20261125093", "2026112509300", "", "x"]
)
def test_what_is_no_time(tmp_path: Path, digits: str) -> None:
    """Neither the screen nor the unit takes it."""
    with pytest.raises(NoSuchTime):
        moment(digits)
    assert played(tmp_path, digits, ClockQuality.UNCERTAIN) == ("terminal.time_wrong", [])


def played(
    folder: Path, digits: str, quality: ClockQuality, error: OSError | None = None
) -> tuple[str, list[datetime]]:
    """Let the unit do its part; return its code, and what it set the clocks to."""
    wish = CLOCK.leave(folder, digits)
    put: list[datetime] = []

    def set_to(wanted: datetime) -> None:
        if error is not None:
            raise error
        put.append(wanted)

    fulfil(folder, StandingClock(trust=quality), set_to)
    answer = CLOCK_AT_WORK.answer_to(folder, wish)
    assert answer is not None
    assert not CLOCK.is_there(folder)
    return answer.code, put


def test_it_is_set(tmp_path: Path) -> None:
    """What a technician types is China's time; what the kernel refuses has a code."""
    assert played(tmp_path, MORNING, ClockQuality.UNCERTAIN) == ("", [datetime(2026, 11, 25, 1, 30, tzinfo=UTC)])
    refused = PermissionError(1, "Operation not permitted")
    assert played(tmp_path, MORNING, ClockQuality.UNCERTAIN, refused) == ("terminal.clock_not_set", [])


def test_the_board_counts_from_its_own_beginnings() -> None:
    """Months from 0, years from 1900, in UTC: nine ints, as <linux/rtc.h> has them."""
    assert struct.unpack("=9i", rtc_time(moment(MORNING))) == (0, 30, 1, 25, 10, 126, 0, 0, 0)


def test_a_clock_that_the_network_sets_stays(tmp_path: Path) -> None:
    """Whoever takes over the application cannot move a clock that is right."""
    assert played(tmp_path, MORNING, ClockQuality.SYNCHRONISED) == ("terminal.clock_right", [])


async def test_the_screen_is_told(tmp_path: Path) -> None:
    """Done, refused, or nobody there: each comes back."""

    async def soon(_seconds: float) -> None:
        await asyncio.sleep(0.005)

    for quality, code in ((ClockQuality.UNCERTAIN, None), (ClockQuality.SYNCHRONISED, "terminal.clock_right")):
        asked = asyncio.create_task(ask(tmp_path, MORNING, soon))
        await asyncio.sleep(0.01)
        fulfil(tmp_path, StandingClock(trust=quality), lambda _: None)
        (tmp_path / CLOCK_AT_WORK.answer).rename(tmp_path / CLOCK.answer)
        if code is None:
            await asked
            continue
        with pytest.raises(ClockNotSet) as caught:
            await asked
        assert caught.value.code == code

    async def pretend(_seconds: float) -> None:
        return

    with pytest.raises(ClockNotSet) as caught:
        await ask(tmp_path, MORNING, pretend)
    assert caught.value.code == "terminal.clock_not_set"
    fulfil(tmp_path / "nowhere", StandingClock())
