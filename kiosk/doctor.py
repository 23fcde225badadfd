"""The doctor: looks at everything a terminal needs, and names what is not well. It changes nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from devices.camera.api import CameraReady
from devices.card_reader.api import CardPresent, NoCard
from devices.printer.api import PrinterReady
from devices.scanner.api import ScannerReady
from kiosk import wiring
from kiosk.config import Config
from kiosk.store import Store, StoreError
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import NotEnrolled
from wire.clock import SystemClock

SETTLE_S = 5.0  # a device that is not well by then is not well
_WELL = (NoCard, CardPresent, CameraReady, ScannerReady, PrinterReady)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``detail`` is for the technician: no citizen's data."""

    subject: str
    well: bool
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


async def examine(config: Config) -> list[Finding]:
    """Look at enrolment, store, line and devices, each as far as the ones before allow."""
    findings = []
    clock = SystemClock()
    try:
        terminal = enrolment.load(config.data_dir)
        findings.append(Finding("enrolment", well=True, detail=terminal.enrolment.terminal))
        with Store.open(config.database, clock, terminal) as store:
            store.check()
            queue = store.outbox.queue()
            detail = f"{queue.queued} envelopes queued, {queue.quarantined} in quarantine"
            findings.append(Finding("store", well=not queue.quarantined, detail=detail))
    except NotEnrolled as error:
        findings.append(Finding("enrolment", well=False, detail=str(error)))
    except StoreError as error:
        findings.append(Finding("store", well=False, detail=str(error)))
    async with CentreClient(config.centre.url, clock, ca_file=config.centre.ca_file) as client:
        reached = await client.reachable()
        findings.append(Finding("centre", well=reached, detail="answers" if reached else "does not answer"))
    async with wiring.devices(config) as devices:
        for kind, device in devices.listed():
            findings.append(await _examine(kind, device))
    return findings


async def _examine(kind: str, device: wiring.Device) -> Finding:
    def well() -> bool:
        return isinstance(device.status, _WELL)

    await _until(well)
    return Finding(f"{kind} {device.name}", well=well(), detail=repr(device.status))


async def _until(promise: Callable[[], bool]) -> None:
    """Give a device that was just opened the time to find itself."""
    step_s = 0.05
    for _ in range(int(SETTLE_S / step_s)):
        if promise():
            return
        await asyncio.sleep(step_s)
