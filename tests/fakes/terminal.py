"""A whole terminal without hardware: fake devices and centre, the real store, and tables to play on it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kiosk.attention import Delays
from kiosk.cards import Cards
from kiosk.catalogue import Catalogue
from kiosk.flows import MENU
from kiosk.flows.technician import technician
from kiosk.printing import Desk
from kiosk.printing.slips import Slip, SlipLayout
from kiosk.session import Menu, serve
from kiosk.staff import Staff
from kiosk.store import Store
from kiosk.travel_documents import TravelDocuments
from kiosk.visit import Applications, Equipment
from tests.fakes import town
from tests.fakes.centre import FakeCentre
from tests.fakes.devices import FakeMrzReader, FakePrinter, FakeReader, FakeScanner, FakeSpeech
from tests.fakes.loop import NothingHappens, run
from tests.fakes.stage import OffScript, PlayedStage, Row
from tests.terminal_parts import TERMINAL, StandingClock
from wire.messages import Bundle
from wire.problems import Problem

TODAY = date(2026, 11, 23)


@dataclass
class FakePress:
    """Makes slips that are none, and keeps what should have stood on them."""

    slips: list[Slip] = field(default_factory=list)
    layouts: list[SlipLayout] = field(default_factory=list)
    broken: bool = False

    def render(self, slip: Slip, layout: SlipLayout = SlipLayout.A4) -> bytes:
        if self.broken:
            raise RuntimeError("template")
        self.slips.append(slip)
        self.layouts.append(layout)
        return b"%PDF-slip"


class FakeTerminal:
    """Everything that a test may put down, hold up, cut or jam. ``store`` is the real one."""

    def __init__(self, folder: Path, published: Bundle | None = None) -> None:
        self.clock = StandingClock()
        self.store = Store.open(folder / "terminal.sqlite", self.clock, TERMINAL)
        self.store.resources.apply(published or town.bundle())
        self.reader = FakeReader()
        self.second_reader = FakeReader("second reader")
        self.mrz_reader = FakeMrzReader()
        self.travel_documents = TravelDocuments(self.mrz_reader)
        self.reader.access = self.second_reader.access = self.travel_documents.access
        self.scanner = FakeScanner()
        self.speech = FakeSpeech()
        self.printer = FakePrinter()
        self.press = FakePress()
        self.centre = FakeCentre()
        self.applications: Applications = self.store.cases
        self.desk = Desk(self.printer, self.store.ledger, self.press)
        self.closed: Problem | None = None
        self.staff: Staff | None = None
        self.wipes = 0
        self.engaged = False
        self.delays = Delays()
        self.stage: PlayedStage

    def equipment(self, stage: PlayedStage) -> Equipment:
        return Equipment(
            stage=stage,
            cards=Cards(self.reader, self.second_reader),
            scanner=self.scanner,
            desk=self.desk,
            centre=self.centre,
            applications=self.applications,
            catalogue=Catalogue(self.store.resources, lambda: TODAY),
            clock=self.clock,
            centre_name=TERMINAL.enrolment.centre_name,
            public_url=TERMINAL.enrolment.public_url,
            speech=self.speech,
            staff=self.staff,
            travel_documents=self.travel_documents,
            closed=lambda: self.closed,
            wipe=self._wipe,
            engaged=self._engage,
        )

    def play(self, rows: Sequence[Row], menu: Menu = MENU) -> PlayedStage:
        """Serve citizens who do what the table says, until it is through; return the stage.

        Raises :class:`OffScript` where another view was shown, or none came.
        """
        try:
            return run(self._play(rows, menu))
        except NothingHappens:
            raise OffScript(f"nothing happens any more; still expected: {self.stage.rows}") from None

    async def _play(self, rows: Sequence[Row], menu: Menu) -> PlayedStage:
        self.stage = stage = PlayedStage(rows)
        watching = nullcontext() if self.staff is None else self.staff.board.watching()
        async with watching:
            return await self._serve(stage, menu)

    async def _serve(self, stage: PlayedStage, menu: Menu) -> PlayedStage:
        serving = asyncio.create_task(
            serve(self.equipment(stage), menu, self.delays, technician if self.staff else None)
        )
        ended = asyncio.create_task(stage.ended.wait())
        try:
            await asyncio.wait((serving, ended), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            await asyncio.sleep(0.1)
        finally:
            serving.cancel()
            ended.cancel()
            await asyncio.gather(serving, ended, return_exceptions=True)
        return stage

    @contextmanager
    def _engage(self) -> Iterator[None]:
        self.engaged = True
        try:
            yield
        finally:
            self.engaged = False

    def _wipe(self) -> None:
        self.wipes += 1
