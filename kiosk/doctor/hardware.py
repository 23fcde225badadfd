"""The doctor's look at the devices: each is opened, given the time to find itself, and put to its work once."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from kiosk import wiring
from kiosk.config import Config
from kiosk.doctor.findings import Finding, fault, notice, well
from kiosk.status_board import DeviceState, StatusBoard
from kiosk.trial import Trial, decode_sample, take_picture
from wire.clock import Clock

Trials = Mapping[str, Callable[[], Awaitable[Trial]]]


async def examine(config: Config, clock: Clock) -> list[Finding]:
    """Open every device of the configuration, and try each that is well."""
    findings = [] if config.card_readers else [notice("card_reader", "none configured")]
    async with wiring.devices(config) as opened:
        board = StatusBoard(opened.listed(), clock)
        async with board.watching():
            states = await board.settled()
        trials: Trials = {"camera": partial(take_picture, opened.camera), "scanner": decode_sample}
        return findings + [await _look(state, trials) for state in states]


async def _look(state: DeviceState, trials: Trials) -> Finding:
    subject, condition = f"{state.kind} {state.name}", state.condition
    if condition.code is not None:
        return fault(subject, condition.code, f"{condition.state} {condition.detail}".strip())
    if state.kind in trials:
        return _told(subject, await trials[state.kind]())
    if state.kind == "printer" and condition.detail:
        return notice(subject, condition.detail)  # reasons that do not stop it
    return well(subject, condition.detail or condition.state)


def _told(subject: str, trial: Trial) -> Finding:
    if trial.code is None:
        return well(subject, trial.detail)
    return notice(subject, trial.detail, trial.code) if trial.works else fault(subject, trial.code, trial.detail)
