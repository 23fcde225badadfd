"""Which network and which search for devices a terminal is set up with, and the first half of its first start."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from devices.camera.api import Camera
from devices.camera.opencv import OpenCvCamera
from devices.card_reader.api import CardReader
from devices.finding.machine import MachineFinder
from devices.network.nmcli import NmcliNetwork
from devices.scanner.api import Scanner
from devices.scanner.camera_scanner import CameraScanner
from kiosk.condition import condition_of
from kiosk.config import Config, SamReader
from kiosk.config_file import ConfigFile
from kiosk.first_start import Progress
from kiosk.proofs import screens_watchdog
from kiosk.set_up import SetUp, Tools
from kiosk.stage import Stage
from kiosk.sync.joining import join
from kiosk.technician_pin import PinGate
from kiosk.watchdog import ServiceManager
from wire.clock import Clock

_CAMERAS = Path("/dev")


class Reconfigured(Exception):
    """The configuration is another one: everything is opened anew before the next citizen."""


def tools(
    file: ConfigFile,
    serving: Callable[[], frozenset[int | str]] = frozenset,
    changed: Callable[[], None] = lambda: None,
) -> Tools:
    """Return what a technician sets this machine up with."""
    return Tools(file=file, network=NmcliNetwork(), finder=MachineFinder(), serving=serving, changed=changed)


def serving(config: Config, readers: Sequence[CardReader], camera: Camera) -> frozenset[int | str]:
    """Return the ports and the camera that are open here and work: nobody else can open them now."""
    ports = [
        str(named.port)
        for named, reader in zip(config.card_readers, readers, strict=True)
        if isinstance(named, SamReader) and condition_of(reader.status).well
    ]
    return frozenset([*ports, *([config.camera.source] if condition_of(camera.status).well else [])])


async def prepare(stage: Stage, file: ConfigFile, clock: Clock, manager: ServiceManager) -> None:
    """Play the first start up to where citizens' devices and a centre are there; systemd is told meanwhile."""
    from kiosk.flows.set_up import first_start  # noqa: PLC0415 - once in a terminal's life

    config = file.load()
    progress = Progress(config.data_dir)
    pin = config.technician.pin_hash
    gate = first_start.Gate(None if pin is None else PinGate(pin, progress, clock))
    at = SetUp(
        stage=stage,
        tools=tools(file),
        scanner=partial(_scanner, file),
        join=lambda invitation: join(file, invitation, clock),
    )
    watching = asyncio.create_task(screens_watchdog(manager, clock, stage).run())
    try:
        await first_start.prepare(at, progress, gate)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


@asynccontextmanager
async def _scanner(file: ConfigFile) -> AsyncIterator[Scanner]:
    """Open the camera of the configuration, or, where that device is not there, the first one that is."""
    camera = OpenCvCamera("camera", _camera(file.load().camera.source))
    try:
        scanner = CameraScanner(camera)
        try:
            yield scanner
        finally:
            await scanner.aclose()
    finally:
        await camera.aclose()


def _camera(source: int | str, folder: Path = _CAMERAS) -> int | str:
    device = Path(f"/dev/video{source}") if isinstance(source, int) else Path(source)
    if isinstance(source, str) and not source.startswith("/dev/"):
        return source
    return source if device.exists() else next(map(str, sorted(folder.glob("video*"))), source)
