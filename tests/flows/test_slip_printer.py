"""Slips on a printer of their own: where it is well they come out there, else on A4, and never twice."""

from datetime import UTC, datetime

import pytest

from devices.printer.api import JobOutcome, JobProgress, NotPrinted, PrintDoubtful, Printed
from kiosk.printing import Desk, Slip, SlipLayout
from tests.fakes import town
from tests.fakes.devices import FakePrinter
from tests.fakes.loop import run
from tests.fakes.terminal import FakeTerminal
from tests.terminal_parts import START, TERMINAL
from wire.case import SlipCode, new_case_number, new_slip_token

SLIP = Slip(
    code=SlipCode(case_number=new_case_number(START.date(), 12, 7), token=new_slip_token()),
    item=town.SHOP,
    department=town.DEPARTMENTS[1].name,
    applicant=town.ZHANG_RESIDENT,
    received_at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
    centre=TERMINAL.enrolment.centre_name,
    public_url="https://centre.example",
)


class Counter:
    """A desk with two printers, and what it says while it prints."""

    def __init__(self, terminal: FakeTerminal) -> None:
        self.a4, self.roll = terminal.printer, FakePrinter("slips")
        self.press = terminal.press
        self.told: list[JobProgress] = []
        self.desk = Desk(self.a4, terminal.store.ledger, terminal.press, slip_printer=self.roll)

    def print(self) -> JobOutcome:
        return run(self.desk.print_slip(SLIP, self.told.append))

    @property
    def trays(self) -> tuple[int, int]:
        """How many slips lie in the tray of the A4 printer, and of the slip printer."""
        return len(self.a4.tray), len(self.roll.tray)


@pytest.fixture
def counter(terminal: FakeTerminal) -> Counter:
    return Counter(terminal)


def test_slips_come_from_the_slip_printer(counter: Counter) -> None:
    """A slip is laid out for the roll and printed there; the A4 printer is not bothered."""
    assert counter.print() == Printed(1)
    assert counter.trays == (0, 1)
    assert counter.press.layouts == [SlipLayout.ROLL_80]
    assert counter.told == [JobProgress(1, ())]


@pytest.mark.parametrize("deed", ["run_out", "vanish"])
def test_a_slip_printer_that_is_not_well(counter: Counter, deed: str) -> None:
    """Its slips come on A4, laid out for A4, until it is well again."""
    getattr(counter.roll, deed)()
    assert counter.print() == Printed(1)
    assert counter.trays == (1, 0)
    assert counter.press.layouts == [SlipLayout.A4]
    counter.roll.refill()
    assert counter.print() == Printed(1)
    assert counter.trays == (1, 1)


def test_a_slip_that_was_proven_not_to_come_out(counter: Counter) -> None:
    """NotPrinted is proof: the slip comes on A4, once."""
    counter.roll.next_outcome = NotPrinted("printer.out_of_paper")
    assert counter.print() == Printed(1)
    assert counter.trays == (1, 0)
    assert counter.press.layouts == [SlipLayout.ROLL_80, SlipLayout.A4]


def test_a_doubtful_slip_is_not_printed_again(counter: Counter) -> None:
    """What may lie in the tray already is not printed a second time on other paper."""
    counter.roll.next_outcome = PrintDoubtful("printer.jammed", 0)
    assert counter.print() == PrintDoubtful("printer.jammed", 0)
    assert counter.trays == (0, 0)
    assert len(counter.a4.jobs) == 0


def test_both_are_out(counter: Counter) -> None:
    """With neither, why A4 did not print is told: it is the last that was tried."""
    counter.roll.vanish()
    counter.a4.run_out()
    assert counter.print() == NotPrinted("printer.out_of_paper")


def test_certificates_never_go_to_the_slip_printer(counter: Counter, terminal: FakeTerminal) -> None:
    """A stopped A4 printer is a problem for certificates, however well the slip printer is."""
    counter.a4.run_out()
    found = run(counter.desk.problem())
    assert found is not None
    assert found.code == "printer.out_of_paper"


def test_without_a_slip_printer(terminal: FakeTerminal) -> None:
    """A terminal with one printer prints slips on A4."""
    assert run(terminal.desk.print_slip(SLIP, lambda _: None)) == Printed(1)
    assert terminal.press.layouts == [SlipLayout.A4]
