"""The self-tests of the first start: each device may be tried, each may be left out, and both are noted."""

from collections.abc import Mapping

from kiosk.condition import kind_in_words
from kiosk.flows.self_tests import try_device
from kiosk.flows.set_up.steps import At, bar
from kiosk.staff import Staff
from kiosk.stage import Chosen, Row, RowState, SetUpPage, TestDevice, TestResult
from kiosk.status_board import DeviceState
from kiosk.store.settings import TestOutcome
from kiosk.visit import Visit
from wire.text import Text

_TITLE = Text(zh="试一试每个设备", en="Try each device")
_HINT = Text(
    zh="按一行试一次：打印测试页、读一张卡、扫一个码、听一句话。没有试的会记下来，以后可以在技术人员界面再试。",
    en="Touch a line to try it: a test page, a card, a code, a spoken sentence. What is left out is noted, and can be"
    " tried later.",
)
_NOT_TRIED = Text(zh="还没有试", en="not tried yet")
_MAIN = Text(zh="完成自检", en="Done with the tests")
_ICONS = {"card_reader": "card", "camera": "camera", "scanner": "qr", "printer": "paper", "speech": "speech"}
Key = tuple[str, str]


async def first_tests(visit: Visit, staff: Staff) -> None:
    """Try what the technician wants tried; note how each went, and what was left out."""
    results: dict[Key, TestResult] = {}
    while True:
        states = staff.board.states
        said = await visit.show_until(page(states, results), staff.board.changed(states), somebody=False)
        if isinstance(said, Chosen):
            kind, _, name = said.code.partition(":")
            result = await try_device(visit, staff, TestDevice(kind, name))
            if result is not None:
                results[kind, name] = result
        elif not isinstance(said, tuple):
            break
    staff.note_tests(tuple(outcome_of(state, results) for state in states))


def outcome_of(state: DeviceState, results: Mapping[Key, TestResult]) -> TestOutcome:
    """Return how one device's test went: the code of what went wrong, or that it was left out."""
    result = results.get((state.kind, state.name))
    if result is None:
        return TestOutcome(kind=state.kind, name=state.name, tried=False)
    code = None if result.problem is None else result.problem.code
    return TestOutcome(kind=state.kind, name=state.name, tried=True, code=code)


def page(states: tuple[DeviceState, ...], results: Mapping[Key, TestResult]) -> SetUpPage:
    """Return every device, and how its test went."""
    rows = tuple(_row(state, results.get((state.kind, state.name))) for state in states)
    return SetUpPage(
        title=_TITLE, hint=_HINT, rows=rows, main=_MAIN, step=bar(At.TESTS), can_go_back=False, can_leave=False
    )


def _row(device: DeviceState, result: TestResult | None) -> Row:
    kind, key = kind_in_words(device.kind), f"{device.kind}:{device.name}"
    title = Text(zh=f"{kind.zh} {device.name}", en=f"{kind.en} {device.name}")
    icon = _ICONS.get(device.kind, "info")
    if result is None:
        words = device.condition.words
        note = _NOT_TRIED if device.condition.well else _both(_NOT_TRIED, words)
        return Row(title, note, icon=icon, state=RowState.PLAIN if device.condition.well else RowState.BAD, key=key)
    if result.problem is None:
        return Row(title, result.message, icon=icon, state=RowState.GOOD, key=key)
    told = result.problem
    number_of = Text(zh=f"{told.number} {told.happened.zh}", en=f"{told.number} {told.happened.en}")
    return Row(title, _both(number_of, result.advice or told.next), icon=icon, state=RowState.BAD, key=key)


def _both(one: Text, other: Text) -> Text:
    return Text(zh=f"{one.zh}，{other.zh}".replace("。，", "。"), en=f"{one.en} {other.en}")
