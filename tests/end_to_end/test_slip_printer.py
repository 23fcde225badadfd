"""A terminal with a second printer for slips: configured, opened, looked at, and printed on, through one real cupsd."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.hardware import Hardware
from demo.terminal import Terminal
from devices.printer.api import Printed, PrinterMissing
from devices.virtual.printer import VirtualPrinter
from devices.virtual.printer_attributes import ROLL_80
from devices.virtual.printer_server import PDF_FIRST, PrinterServer
from kiosk import wiring_devices as wiring
from kiosk.config import Config
from kiosk.printing import Desk, Slip
from kiosk.store import Store
from tests.command_line import bianmin
from tests.fakes import town
from tests.terminal_parts import START, TERMINAL, StandingClock
from wire.case import SlipCode, new_case_number, new_slip_token

pytestmark = pytest.mark.slow
SLIP = Slip(
    code=SlipCode(case_number=new_case_number(START.date(), 12, 7), token=new_slip_token()),
    item=town.SHOP,
    department=town.DEPARTMENTS[1].name,
    applicant=town.ZHANG_RESIDENT,
    received_at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
    centre=TERMINAL.enrolment.centre_name,
    public_url="https://centre.example",
)


@pytest.fixture
def roll() -> Iterator[VirtualPrinter]:
    printer = VirtualPrinter()
    yield printer
    printer.close()


@pytest.fixture
def terminal(tmp_path: Path, roll: VirtualPrinter) -> Iterator[Terminal]:
    """Give a terminal whose configuration names a slip printer at the same cupsd."""
    with Hardware(page_s=0.05) as hardware, PrinterServer(roll, PDF_FIRST, ROLL_80) as server:
        terminal = Terminal(tmp_path / "terminal", hardware, "http://127.0.0.1:9")
        with terminal.config.open("a", encoding="utf-8") as file:
            socket = hardware.cupsd.socket
            file.write(f'\n[slip_printer]\nqueue = "slips"\nuri = "{server.uri}"\ncups_socket = "{socket}"\n')
        yield terminal


def test_the_doctor_looks_at_both(terminal: Terminal, roll: VirtualPrinter) -> None:
    """Each printer is a finding of its own, by its queue's name; a fault of one is not the other's."""
    roll.refill(0)
    ended = bianmin("doctor", "--config", terminal.config, "--json", environment=terminal.hardware.environment)
    found = {one["subject"]: one["code"] for one in ended.json if one["subject"].startswith("printer")}
    assert found == {"printer certificates": None, "printer slips": "printer.out_of_paper"}


async def test_slips_come_out_of_the_slip_printer(terminal: Terminal, roll: VirtualPrinter, tmp_path: Path) -> None:
    """As the terminal wires them, a slip is printed on the roll; with the roll empty, on A4; each once."""
    a4 = terminal.hardware.printer
    store = Store.open(tmp_path / "store.sqlite", StandingClock(), TERMINAL)
    async with wiring.devices(Config.load(terminal.config)) as opened:
        assert opened.slip_printer is not None
        for printer in opened.printers:
            await printer.changed(PrinterMissing())
            await printer.ensure_queue()
        desk = Desk(opened.printer, store.ledger, slip_printer=opened.slip_printer)
        assert await desk.print_slip(SLIP, lambda _: None) == Printed(1)
        assert (len(a4.tray), len(roll.tray)) == (0, 1)
        roll.refill(0)
        assert await desk.print_slip(SLIP, lambda _: None) == Printed(1)
        assert (len(a4.tray), len(roll.tray)) == (1, 1)
    store.close()
