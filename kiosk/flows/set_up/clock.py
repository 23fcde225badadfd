"""Set the clock at the technician's screen, where no network tells the time."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from kiosk.clock_setting import DIGITS, ClockNotSet, NoSuchTime, moment
from kiosk.flows.set_up.outcome import not_done
from kiosk.showing import Showing
from kiosk.stage import EnterDigits, TestResult, Waiting
from wire.problems import problem
from wire.text import Text

_TITLE = Text(zh="设置时间", en="Set the clock")
VIEW = EnterDigits(
    title=_TITLE,
    prompt=Text(
        zh="北京时间，年月日时分共 12 位，例如 2026 年 11 月 25 日 9 点 30 分：202611250930",
        en="China's time: year, month, day, hour, minute; 25 November 2026, 9:30 is 202611250930",
    ),
    length=DIGITS,
)
_WORKING = Waiting(
    message=Text(zh="正在设置时间", en="Setting the clock"),
    detail=Text(zh="只需几秒钟。", en="It takes a few seconds."),
    can_go_back=False,
    can_leave=False,
)


async def set_clock(at: Showing, ask: Callable[[str], Awaitable[None]]) -> TestResult:
    """Do it, and say how it went. Raises WentBack where nothing was begun."""
    view = VIEW
    while True:
        digits = await at.show(view)
        try:
            wanted = moment(digits)
            break
        except NoSuchTime as error:
            view = replace(VIEW, problem=problem(error.code))
    try:
        await at.while_waiting(_WORKING, lambda _: ask(digits))
    except ClockNotSet as error:
        return not_done(_TITLE, error.code)
    message = Text(zh=f"已设为 {wanted:%Y-%m-%d %H:%M}", en=f"Set to {wanted:%Y-%m-%d %H:%M}")
    return TestResult(title=_TITLE, message=message)
