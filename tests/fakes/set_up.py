"""What a terminal is set up with, in memory: a network that can refuse, devices that are or are not there, a centre."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from devices.camera.api import CameraError
from devices.finding.api import CameraFound, Found, Hints, PcscFound, PrinterFound
from devices.network.api import (
    Connected,
    Link,
    LinkKind,
    LinkState,
    NetworkError,
    NetworkStatus,
    Offline,
    StaticAddress,
    WifiNetwork,
    WifiPassword,
)
from devices.status import StatusCell
from kiosk.config import example
from kiosk.config_file import ConfigFile
from kiosk.first_start import Progress
from kiosk.flows.set_up import first_start
from kiosk.set_up import SetUp, Tools
from kiosk.sync import enrolment
from kiosk.sync.joining import Joined
from kiosk.technician_pin import PinGate
from tests.fakes.devices import FakeScanner
from tests.fakes.loop import NothingHappens, run
from tests.fakes.stage import OffScript, PlayedStage, Row
from tests.terminal_parts import DEVICE_KEY, TERMINAL, StandingClock
from wire.invitation import Invitation

CABLE = Link("eth0", LinkKind.WIRED, LinkState.UP)


class FakeNetwork:
    """A network. ``refuses``: the error of the next change; ``deeds``: what was changed."""

    def __init__(self) -> None:
        self.name = "network"
        self.cell: StatusCell[NetworkStatus] = StatusCell(Connected((CABLE,)))
        self.in_reach: tuple[WifiNetwork, ...] = ()
        self.refuses: NetworkError | None = None
        self.deeds: list[object] = []

    def unplug(self) -> None:
        self.cell.set(Offline((Link("eth0", LinkKind.WIRED, LinkState.DOWN),)))

    def plug(self) -> None:
        self.cell.set(Connected((CABLE,)))

    @property
    def status(self) -> NetworkStatus:
        return self.cell.value

    async def changed(self, since: NetworkStatus) -> NetworkStatus:
        return await self.cell.changed(since)

    async def wifi_networks(self) -> tuple[WifiNetwork, ...]:
        await asyncio.sleep(2)
        return self.in_reach

    async def join(self, ssid: bytes, password: WifiPassword | None) -> None:
        await self._change(ssid, None if password is None else password.text)

    async def use_dhcp(self, interface: str) -> None:
        await self._change(interface, "dhcp")

    async def use_static(self, interface: str, settings: StaticAddress) -> None:
        await self._change(interface, settings)

    async def _change(self, *deed: object) -> None:
        await asyncio.sleep(1)
        if self.refuses is not None:
            error, self.refuses = self.refuses, None
            raise error
        self.deeds.append(deed)

    async def aclose(self) -> None:
        return


@dataclass
class FakeFinder:
    """``found``: what answers now, ``at``: at an address. ``hints``: where it was last told to look."""

    found: Found = field(
        default_factory=lambda: Found(
            (PcscFound("Example Reader 00 00"),),
            (CameraFound("/dev/video2", "Example Camera", 1280, 720),),
            (PrinterFound("ipp://localhost:60000/ipp/print", "Example Printer"),),
        )
    )
    hints: Hints | None = None
    at: dict[str, PrinterFound] = field(default_factory=dict)

    async def printer_at(self, uri: str) -> PrinterFound | None:
        await asyncio.sleep(1)
        return self.at.get(uri)

    async def find(self, hints: Hints) -> Found:
        self.hints = hints
        await asyncio.sleep(5)
        return self.found


class FakeFirstStart:
    """A terminal out of the box, whose power can be cut between two tables. ``answers``: of the centre, in turn."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "terminal.toml"
        self.data_dir = folder / "data"
        self.path.write_text(example().replace("/var/lib/bianmin", str(self.data_dir)), encoding="utf-8")
        self.file = ConfigFile(self.path)
        self.clock = StandingClock()
        self.network = FakeNetwork()
        self.finder = FakeFinder()
        self.scanner = FakeScanner()
        self.camera_fails = False
        self.answers: list[Exception] = []
        self.clock_off: timedelta | None = None
        self.invitations: list[Invitation] = []
        self.stage: PlayedStage

    @property
    def done(self) -> frozenset[str]:
        """What the disk says has been done for good."""
        return frozenset(stage for stage in first_start.Stage if Progress(self.data_dir).is_done(stage))

    def play(self, rows: Sequence[Row]) -> PlayedStage:
        """Play the first half until the table is through, as after a power cut; raises :class:`OffScript`."""
        try:
            return run(self._play(rows))
        except NothingHappens:
            raise OffScript(f"nothing happens any more; still expected: {self.stage.rows}") from None

    async def _play(self, rows: Sequence[Row]) -> PlayedStage:
        self.stage = stage = PlayedStage(rows)
        config = self.file.load()
        progress = Progress(config.data_dir)
        pin = config.technician.pin_hash
        gate = first_start.Gate(None if pin is None else PinGate(pin, progress, self.clock))
        tools = Tools(file=self.file, network=self.network, finder=self.finder)
        at = SetUp(stage=stage, tools=tools, scanner=self._scanner, join=self._join)
        playing = asyncio.create_task(first_start.prepare(at, progress, gate))
        ended = asyncio.create_task(stage.ended.wait())
        await asyncio.wait((playing, ended), return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.1)
        if playing.done():
            playing.result()
        self.finished = playing.done()
        for task in (playing, ended):
            task.cancel()
        await asyncio.gather(playing, ended, return_exceptions=True)
        return stage

    @asynccontextmanager
    async def _scanner(self) -> AsyncIterator[FakeScanner]:
        if self.camera_fails:
            raise CameraError("no camera")
        yield self.scanner

    async def _join(self, invitation: Invitation) -> Joined:
        self.invitations.append(invitation)
        await asyncio.sleep(1)
        if self.answers:
            raise self.answers.pop(0)
        identity = enrolment.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=TERMINAL.enrolment)
        enrolment._keep(self.data_dir, identity)
        return Joined(TERMINAL, self.clock_off)
