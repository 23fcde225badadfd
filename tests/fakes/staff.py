"""A technician at a terminal without hardware: let in by the PIN, with the tools that a test gives."""

from typing import cast

from kiosk.set_up import Tools
from kiosk.staff import Staff
from kiosk.stage import Attract, Done, EnterDigits, StaffAsked, Technician
from kiosk.status_board import StatusBoard
from kiosk.technician_pin import PinGate, make_hash
from tests.fakes.stage import NOTHING, Row, like
from tests.fakes.terminal import FakeTerminal

PIN = "40718293"
HASH = make_hash(PIN, bytes(16))
IN: list[Row] = [(like(Attract, staff_entry=True), StaffAsked.STAFF_ASKED), (like(EnterDigits, title="PIN"), PIN)]


def staff_of(terminal: FakeTerminal) -> Staff:
    """Return a staff with a printer to look at, and network and devices that nobody in the test sets up."""
    return Staff(
        gate=PinGate(HASH, terminal.store.settings, terminal.clock),
        board=StatusBoard([("printer", terminal.printer)], terminal.clock),
        cameras={},
        printers={},
        facts=tuple,
        tools=cast("Tools", object()),
    )


def left(terminal: FakeTerminal, *rows: Row) -> Technician:
    """Let a technician in, play the rows, let them leave; return the technician's screen that was shown last."""
    stage = terminal.play([*IN, *rows, (Technician, Done.DONE), (Attract, NOTHING)])
    return next(view for view in reversed(stage.views) if isinstance(view, Technician))
