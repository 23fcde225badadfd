"""The doctor's look at the software: which version runs, which is on its way, and why it does not come."""

from kiosk.config import Config
from kiosk.doctor.findings import Finding, notice, well
from kiosk.store import Store, StoreError
from kiosk.store.terminal import Terminal
from kiosk.updates.system import Machine
from wire.clock import Clock
from wire.release import UpdatePhase

_HARMLESS = frozenset({"update.older", "update.not_offered", "centre.unreachable"})  # the line has a finding of its own


def software(config: Config, terminal: Terminal, clock: Clock, machine: Machine | None = None) -> Finding:
    """Say what the update agent last said. A failure is a notice: what runs, runs."""
    running = (machine or Machine()).running()
    if not config.database.exists():
        return well("software", running)
    try:
        with Store.open(config.database, clock, terminal) as store:
            report = store.settings.update()
    except StoreError:  # a finding of its own
        report = None
    if report is None:
        return well("software", f"{running}; the update agent has not looked yet")
    detail = f"{running}, {report.phase.value}"
    if report.phase is not UpdatePhase.UP_TO_DATE:
        detail += f" {report.wanted}"
    if report.phase is UpdatePhase.FETCHING and report.size:
        detail += f" ({report.fetched * 100 // report.size} %)"
    if report.failure and report.failure not in _HARMLESS:
        return notice("software", detail, report.failure)
    return well("software", detail)
