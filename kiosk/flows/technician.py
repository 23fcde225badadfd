"""The technician's screen: a PIN, then how every device is, and self-tests. It shows nothing of a citizen."""

from contextlib import suppress
from dataclasses import replace
from functools import partial

from kiosk.condition import kind_in_words
from kiosk.flows.errors import NotNow
from kiosk.flows.self_tests import try_device
from kiosk.flows.set_up.clock import set_clock
from kiosk.flows.set_up.decommission import end_terminal
from kiosk.flows.set_up.devices import detect_devices
from kiosk.flows.set_up.network import Place, set_network
from kiosk.flows.set_up.stick import use_stick
from kiosk.flows.set_up.update import update_from_stick
from kiosk.showing import Showing
from kiosk.staff import Staff
from kiosk.stage import (
    Chosen,
    DeviceLine,
    Done,
    EnterDigits,
    Row,
    Technician,
    TestDevice,
    TestResult,
    WentBack,
)
from kiosk.status_board import DeviceState
from kiosk.technician_pin import PIN_DIGITS, PinGate
from kiosk.visit import Visit
from wire.clock import ClockQuality
from wire.problems import problem
from wire.text import Text

_PIN = Text(zh="技术人员密码", en="Technician's PIN")
_PIN_HINT = Text(zh="仅供技术人员使用。办事请按“返回”。", en="For technicians only. Please go back to be served.")
_PIN_HINT_ALONE = Text(
    zh="首次启动还没有完成。请输入已经设置的密码。", en="The first start is not finished. Enter the PIN that was set."
)
_DONE = Text(zh="完成", en="Done")
TOOLS = (
    Row(Text(zh="网络和代理", en="Network and proxy"), icon="cable", key="network"),
    Row(Text(zh="重新检测设备", en="Detect devices again"), icon="search", key="devices"),
)
_UPDATE = Row(Text(zh="从 U 盘更新软件", en="Update from a stick"), icon="down", key="update")
_STICK = Row(Text(zh="用 U 盘带数据：支持包、摆渡", en="By USB stick: support bundle, ferry"), icon="up", key="stick")
_CLOCK = Row(Text(zh="设置时间", en="Set the clock"), icon="clock", key="clock")
_END = Row(Text(zh="停用这台终端", en="Take this terminal out of use"), icon="warning", key="decommission")
EVERY_TOOL = (*TOOLS, _UPDATE, _STICK, _CLOCK, _END)


async def technician(visit: Visit) -> None:
    """Let a technician in, show how everything is, and try what they want tried."""
    staff = visit.at.staff
    if staff is None:
        raise NotNow("terminal.pin_locked")
    await let_in(visit, staff.gate)
    result: TestResult | None = None
    while True:
        states = staff.board.states
        view = _view(staff, states, result, by_hand=visit.at.clock.quality() is ClockQuality.UNCERTAIN)
        said = await visit.show_until(view, staff.board.changed(states), somebody=False)
        if said is Done.DONE:
            return
        if isinstance(said, TestDevice):
            result = await try_device(visit, staff, said)
        if isinstance(said, Chosen):
            result = await _set_up(visit, staff, said.code)


async def let_in(at: Showing, gate: PinGate, *, can_leave: bool = True) -> None:
    """Return when the PIN was right. Raises NotNow while no try is taken."""
    view = EnterDigits(
        title=_PIN,
        prompt=_PIN_HINT if can_leave else _PIN_HINT_ALONE,
        length=PIN_DIGITS,
        secret=True,
        can_go_back=can_leave,
        can_leave=can_leave,
    )
    while not gate.wait_s:
        pin = await at.show(view)
        with at.attention.working():
            if await gate.opens(pin):
                return
        view = replace(view, problem=problem("terminal.pin_wrong"))
    raise NotNow("terminal.pin_locked")


async def _set_up(visit: Visit, staff: Staff, key: str) -> TestResult | None:
    """Do what one of the tools is for, and say what is to be said; going back leads to the technician's screen."""
    if staff.tools is None:
        return None
    with suppress(WentBack):
        match key:
            case "network":
                await set_network(visit, staff.tools, Place(_DONE))
            case "update" if staff.update is not None:
                return await update_from_stick(visit, staff.update)
            case "stick" if staff.stick is not None:
                return await use_stick(visit, staff.stick)
            case "clock" if staff.set_clock is not None:
                return await set_clock(visit, staff.set_clock)
            case "decommission" if staff.end is not None:
                await end_terminal(visit, partial(let_in, visit, staff.gate), staff.end)
            case _:
                await detect_devices(visit, staff.tools, Place(_DONE))
    return None


def _view(staff: Staff, states: tuple[DeviceState, ...], result: TestResult | None, *, by_hand: bool) -> Technician:
    """Return the view: what is not well comes first. ``by_hand``: nobody else sets the clock."""
    return Technician(
        devices=tuple(
            _line(state, staff.board.detail_of(state))
            for state in sorted(states, key=lambda state: state.condition.well)
        ),
        facts=staff.facts(),
        tools=_tools(staff, by_hand=by_hand),
        result=result,
        can_go_back=False,
    )


def _tools(staff: Staff, *, by_hand: bool) -> tuple[Row, ...]:
    if staff.tools is None:
        return ()
    clock = staff.set_clock if by_hand else None
    offered = ((staff.update, _UPDATE), (staff.stick, _STICK), (clock, _CLOCK), (staff.end, _END))
    return (*TOOLS, *(row for way, row in offered if way is not None))


def _line(state: DeviceState, detail: str) -> DeviceLine:
    condition = state.condition
    return DeviceLine(
        kind=state.kind,
        name=state.name,
        title=kind_in_words(state.kind),
        state=condition.words,
        well=condition.well,
        since=state.since,
        before=None if state.before is None else state.before.words,
        problem=None if condition.code is None else problem(condition.code),
        advice=condition.advice,
        detail=detail,
    )
