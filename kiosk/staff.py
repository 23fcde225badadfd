"""What the technician's screen stands on: the PIN's gate, the board of states, and the devices that it tries."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devices.camera.api import Camera
from devices.printer.api import Printer
from kiosk.health import Verdict
from kiosk.set_up import Tools
from kiosk.stage import FactLine
from kiosk.status_board import StatusBoard
from kiosk.stick.errands import Errand
from kiosk.store import Store, Terminal
from kiosk.store.settings import TestOutcome
from kiosk.sync.decommission import Ended
from kiosk.technician_pin import PinGate
from kiosk.updates.system import Machine
from kiosk.updates.words import in_words
from wire.problems import problem
from wire.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Devices by the names that the board knows them by. ``facts`` tells of the terminal, now.

    ``tools``: what network and devices are set up with, None where that is somebody else's business. ``end`` takes the
    terminal out of use, ``update`` takes a release from the stick that is plugged in, ``stick`` runs other errands with
    it, ``set_clock`` sets the clock (:mod:`kiosk.clock_setting`); None where nobody may.
    """

    gate: PinGate
    board: StatusBoard
    cameras: Mapping[str, Camera]
    printers: Mapping[str, Printer]
    facts: Callable[[], tuple[FactLine, ...]]
    note_tests: Callable[[tuple[TestOutcome, ...]], None] = lambda _outcomes: None
    tools: Tools | None = None
    end: Callable[[], Awaitable[Ended]] | None = None
    update: Callable[[], Awaitable[str]] | None = None
    stick: Callable[[Errand], Awaitable[Mapping[str, Any]]] | None = None
    set_clock: Callable[[str], Awaitable[None]] | None = None


def facts(store: Store, terminal: Terminal, machine: Callable[[], tuple[Verdict, ...]] = tuple) -> tuple[FactLine, ...]:
    """Tell which terminal this is, its version, what waits to be sent, and what of the machine is not well."""
    queue = store.outbox.queue()
    waiting = Text(
        zh=f"{queue.queued} 件待发送，{queue.quarantined} 件已隔离",
        en=f"{queue.queued} to be sent, {queue.quarantined} in quarantine",
    )
    closed = store.settings.out_of_service()
    return (
        FactLine(Text(zh="终端", en="Terminal"), _plain(terminal.enrolment.terminal)),
        FactLine(Text(zh="所属中心", en="Centre"), terminal.enrolment.centre_name),
        FactLine(Text(zh="软件版本", en="Software"), in_words(Machine().running(), store.settings.update())),
        FactLine(Text(zh="数据", en="Data"), waiting),
        FactLine(Text(zh="服务", en="Service"), closed or Text(zh="正常服务", en="in service")),
        *_first_tests(store.settings.first_tests()),
        *(_of_machine(verdict, verdict.code) for verdict in machine() if verdict.code is not None),
    )


def _of_machine(verdict: Verdict, code: str) -> FactLine:
    told = problem(code)
    value = Text(
        zh=f"{told.number} {told.happened.zh}（{verdict.detail}）",
        en=f"{told.number} {told.happened.en} ({verdict.detail})",
    )
    return FactLine(Text(zh="机器", en="Machine"), value)


def _first_tests(outcomes: tuple[TestOutcome, ...]) -> Iterator[FactLine]:
    """Tell how the self-tests went when the terminal was set up, if it was set up on its screen."""
    if outcomes:
        well = sum(one.tried and one.code is None for one in outcomes)
        ill = sum(one.code is not None for one in outcomes)
        left_out = len(outcomes) - well - ill
        told = Text(
            zh=f"{well} 项正常，{ill} 项有问题，{left_out} 项没有试",
            en=f"{well} well, {ill} with a fault, {left_out} left out",
        )
        yield FactLine(Text(zh="首次自检", en="First self-tests"), told)


def _plain(text: str) -> Text:
    return Text(zh=text, en=text)
