"""Documents that are none, for the driver or only for the printer."""

import pytest

from devices.printer.api import NotPrinted, Printed
from devices.printer.cups_printer import CupsPrinter
from tests.fixtures_printing import PDF, PrinterRig

pytestmark = pytest.mark.usefixtures("clean_spool")


@pytest.mark.fault("broken document", code="printer.refused")
async def test_cut_off_or_empty(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """What is no whole PDF goes nowhere; nor does it stop the queue."""
    assert await cups_printer.print_pdf(PDF[:300], "cut off") == NotPrinted("printer.refused")
    assert await cups_printer.print_pdf(b"", "empty") == NotPrinted("printer.refused")
    assert rig.printer.received == []
    assert await cups_printer.print_pdf(PDF, "good") == Printed(3)


@pytest.mark.fault("broken document", code="printer.refused")
async def test_only_the_printer_finds_it_broken(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A document refused by the printer's own interpreter is not printed, and does not stop the next one."""
    rig.printer.reads = lambda _document: False
    assert await cups_printer.print_pdf(PDF, "odd") == NotPrinted("printer.refused")
    rig.printer.reads = lambda _document: True
    assert await cups_printer.print_pdf(PDF, "good") == Printed(3)
