"""The doctor's look at the devices: each is opened, given the time to find itself, and put to its work once."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from devices.errors import DeviceError
from kiosk import wiring_devices
from kiosk.condition import condition_of
from kiosk.config import Config
from kiosk.doctor.findings import Finding, fault, notice, well
from kiosk.status_board import DeviceState, StatusBoard
from kiosk.trial import Trial, decode_sample, speak, take_picture
from wire.clock import Clock

if TYPE_CHECKING:
    from devices.printer.cups_printer import CupsPrinter

Trials = Mapping[tuple[str, str], Callable[[], Awaitable[Trial]]]


async def examine(config: Config, clock: Clock) -> list[Finding]:
    """Open every device of the configuration, and try each that is well."""
    findings = [] if config.card_readers else [notice("card_reader", "none configured")]
    async with wiring_devices.devices(config) as opened:
        board = StatusBoard(opened.listed(), clock)
        async with board.watching():
            states = await board.settled()
        trials: Trials = {
            ("camera", opened.camera.name): partial(take_picture, opened.camera),
            ("scanner", opened.scanner.name): decode_sample,
            ("speech", opened.speech.name): partial(speak, opened.speech),
            **{("printer", printer.name): partial(_ask, printer) for printer in opened.printers},
        }
        return findings + [await _look(state, board.detail_of(state), trials) for state in states]


async def _look(state: DeviceState, detail: str, trials: Trials) -> Finding:
    subject, condition = f"{state.kind} {state.name}", state.condition
    if condition.code is not None:
        told = f"{condition.state} {detail}".strip()
        return notice(subject, told, condition.code) if condition.bearable else fault(subject, condition.code, told)
    trial = trials.get((state.kind, state.name))
    if trial is None:
        return well(subject, detail or condition.state)
    return _told(subject, await trial())


async def _ask(printer: "CupsPrinter") -> Trial:
    """Ask the printer over IPP what it is filled with, and its spooler whether it keeps what was printed."""
    try:
        status = await printer.probe()
        kept = await printer.keeps_documents()
    except DeviceError as error:
        return Trial(str(error), error.code, works=False)
    warnings = condition_of(status).detail
    detail = "; ".join(filter(None, (warnings, printer.detail)))
    if kept:
        return Trial(detail, "printer.documents_kept", works=False)
    return Trial(detail or "ready", "printer.supplies_low" if printer.supplies.short or warnings else None)


def _told(subject: str, trial: Trial) -> Finding:
    if trial.code is None:
        return well(subject, trial.detail)
    return notice(subject, trial.detail, trial.code) if trial.works else fault(subject, trial.code, trial.detail)
