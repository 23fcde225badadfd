"""A terminal's first start: from the image's defaults to one that serves citizens. Nothing leads out of it.

It has two halves. :func:`prepare` needs neither centre nor devices; :func:`try_out` has all of them, as a visit has.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from kiosk.first_start import Progress, Stage, enrolled
from kiosk.flows.errors import NotNow
from kiosk.flows.set_up.devices import detect_devices
from kiosk.flows.set_up.first_tests import first_tests
from kiosk.flows.set_up.join_centre import join_centre
from kiosk.flows.set_up.network import Place, set_network
from kiosk.flows.set_up.pin import choose_pin
from kiosk.flows.set_up.recovery_key import show_recovery_key
from kiosk.flows.set_up.steps import NEXT, At, bar
from kiosk.flows.technician import let_in
from kiosk.guard import explain
from kiosk.set_up import SetUp
from kiosk.showing import Showing
from kiosk.staff import Staff
from kiosk.stage import Chosen, FactLine, ProblemShown, Row, SetUpPage, View, WentBack
from kiosk.technician_pin import PinGate
from kiosk.visit import Visit
from wire.problems import problem
from wire.text import Language, Text

A = TypeVar("A")
B = TypeVar("B")
_WELCOME = Text(zh="欢迎使用便民自助终端", en="Welcome to the self-service terminal")
_WELCOME_HINT = Text(
    zh="下面用几分钟把它设置好。请准备好登记二维码（中心管理后台“自助终端”里新建）。请选择语言：",
    en="This takes a few minutes. Have the enrolment code at hand (centre's console, new terminal). Choose a language:",
)
_LANGUAGES = {Language.ZH: Text(zh="中文", en="中文"), Language.EN: Text(zh="English", en="English")}
_READY = Text(zh="可以开始服务了", en="Ready to serve")
_START = Text(zh="开始服务", en="Begin to serve")


class Alone(Visit):
    """A visit of nobody but the technician: no view of it has a way out, for there is nothing else yet."""

    async def show(self, view: View[A]) -> A:
        """Show a view without Home and help."""
        return await super().show(replace(view, can_leave=False))

    async def show_until(self, view: View[A], event: Awaitable[B], *, somebody: bool = True) -> A | B:
        """Do so, too."""
        return await super().show_until(replace(view, can_leave=False), event, somebody=somebody)


@dataclass(frozen=True, slots=True)
class Gate:
    """Opens to the PIN, where one was set before the power was cut; None where there is none yet."""

    pin: PinGate | None


async def prepare(at: SetUp, progress: Progress, gate: Gate) -> None:
    """Language, network, centre, devices, PIN: what was done before is not asked again."""
    progress.begin()
    if gate.pin is not None:
        await _surely(at, "pin", partial(_let_in, at, gate.pin))
    await _welcome(at)
    await _surely(at, "join", partial(_connect_and_join, at))
    if not progress.is_done(Stage.DEVICES):
        place = Place(NEXT, bar(At.DEVICES), can_leave=False)
        await _surely(at, "devices", partial(detect_devices, at, at.tools, place))
        progress.done(Stage.DEVICES)
    if at.tools.file.load().technician.pin_hash is None:
        await _surely(at, "pin", partial(choose_pin, at, at.tools))


async def try_out(visit: Visit, staff: Staff, progress: Progress, recovery_key: Path) -> None:
    """Recovery key, self-tests, and the last page. After it citizens are served."""
    if not progress.is_done(Stage.RECOVERY):
        await _surely(visit, "recovery", partial(show_recovery_key, visit, staff, recovery_key))
        progress.done(Stage.RECOVERY)
    await _surely(visit, "tests", partial(first_tests, visit, staff))
    await visit.show(ready_page(staff.facts()))
    progress.finish()


def welcome_page() -> SetUpPage:
    """Return the first page of all."""
    rows = tuple(Row(name, icon="language", key=language.value) for language, name in _LANGUAGES.items())
    return SetUpPage(
        title=_WELCOME, hint=_WELCOME_HINT, rows=rows, step=bar(At.LANGUAGE), can_go_back=False, can_leave=False
    )


def ready_page(facts: tuple[FactLine, ...]) -> SetUpPage:
    """Return the last page: who the terminal is now."""
    rows = tuple(Row(fact.label, fact.value, icon="info") for fact in facts)
    return SetUpPage(title=_READY, rows=rows, main=_START, can_go_back=False, can_leave=False)


async def _welcome(at: SetUp) -> None:
    chosen = await at.show(welcome_page())
    if isinstance(chosen, Chosen):
        at.stage.use_language(Language(chosen.code))


async def _connect_and_join(at: SetUp) -> None:
    """Go on until the terminal is enrolled; back from the centre leads to the network, and from there to the start."""
    place = Place(NEXT, bar(At.NETWORK), can_leave=False)
    while not enrolled(at.tools.file.load()):
        try:
            await set_network(at, at.tools, place)
        except WentBack:
            await _welcome(at)
            continue
        try:
            await join_centre(at)
        except WentBack:
            continue


async def _let_in(at: SetUp, gate: PinGate) -> None:
    while True:
        try:
            await let_in(at, gate, can_leave=False)
        except NotNow as locked:
            await at.show(
                ProblemShown(problem=problem(locked.code), can_retry=True, can_go_back=False, can_leave=False)
            )
        else:
            return


async def _surely(at: Showing, key: str, step: Callable[[], Awaitable[None]]) -> None:
    """Take a step, again and again until it is done: whatever goes wrong is shown, and there is nowhere else to go."""
    while True:
        try:
            await step()
        except WentBack:
            continue
        except Exception as error:  # noqa: BLE001 - a bug must not end the first start
            told = explain(key, error)
            try:
                await at.show(ProblemShown(problem=told, can_retry=True, can_go_back=False, can_leave=False))
            except WentBack:
                continue
        else:
            return
