"""The technician's screen: a PIN, then how every device is, and self-tests. It shows nothing of a citizen."""

from kiosk.condition import kind_in_words
from kiosk.flows.errors import NotNow
from kiosk.flows.self_tests import try_device
from kiosk.staff import Staff
from kiosk.stage import DeviceLine, Done, EnterDigits, Technician, TestDevice, TestResult
from kiosk.status_board import DeviceState
from kiosk.technician_pin import PIN_DIGITS, PinGate
from kiosk.visit import Visit
from wire.problems import problem
from wire.text import Text

_PIN = Text(zh="技术人员密码", en="Technician's PIN")
_PIN_HINT = Text(zh="仅供技术人员使用。办事请按“返回”。", en="For technicians only. Please go back to be served.")


async def technician(visit: Visit) -> None:
    """Let a technician in, show how everything is, and try what they want tried."""
    staff = visit.at.staff
    if staff is None:
        raise NotNow("terminal.pin_locked")
    await _let_in(visit, staff.gate)
    result: TestResult | None = None
    while True:
        states = staff.board.states
        view = _view(staff, states, result)
        said = await visit.show_until(view, staff.board.changed(states), somebody=False)
        if said is Done.DONE:
            return
        if isinstance(said, TestDevice):
            result = await try_device(visit, staff, said)


async def _let_in(visit: Visit, gate: PinGate) -> None:
    """Return when the PIN was right. Raises NotNow while no try is taken."""
    view = EnterDigits(title=_PIN, prompt=_PIN_HINT, length=PIN_DIGITS, secret=True)
    while not gate.wait_s:
        pin = await visit.show(view)
        with visit.attention.working():
            if await gate.opens(pin):
                return
        view = EnterDigits(
            title=_PIN, prompt=_PIN_HINT, length=PIN_DIGITS, secret=True, problem=problem("terminal.pin_wrong")
        )
    raise NotNow("terminal.pin_locked")


def _view(staff: Staff, states: tuple[DeviceState, ...], result: TestResult | None) -> Technician:
    """Return the view: what is not well comes first."""
    return Technician(
        devices=tuple(
            _line(state, staff.board.detail_of(state))
            for state in sorted(states, key=lambda state: state.condition.well)
        ),
        facts=staff.facts(),
        result=result,
        can_go_back=False,
    )


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
