"""A jam: after page two of three, cleared or never."""

import asyncio

import pytest

from devices.printer.api import JobProgress, NotPrinted, PrintDoubtful, Printed
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.printer import Trouble
from tests.fixtures_printing import PDF, PrinterRig, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")


@pytest.mark.fault("printer jams", code="printer.jammed")
async def test_jam_after_two_pages_of_three(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A jam that nobody clears: two pages lie there, and after clearing it the third never comes by itself."""
    rig.printer.trouble(Trouble.JAM, after_page=2)
    assert await cups_printer.print_pdf(PDF, "jam") == PrintDoubtful("printer.jammed", 2)
    rig.printer.mend()
    assert await cups_printer.print_pdf(PDF, "next") == Printed(3)
    assert rig.printer.tray == sheets("jam", 2) + sheets("next", 3)


@pytest.mark.fault("printer jams", code="printer.jammed")
async def test_jam_that_is_cleared(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A jam cleared in time is reported while it lasts, and the same job ends whole, once."""
    reports: list[JobProgress] = []

    def on_progress(progress: JobProgress) -> None:
        reports.append(progress)
        if progress.reasons:
            rig.printer.mend()

    rig.printer.trouble(Trouble.JAM, after_page=2)
    assert await cups_printer.print_pdf(PDF, "cleared", on_progress) == Printed(3)
    assert JobProgress(2, ("media-jam-error",)) in reports
    assert rig.printer.tray == sheets("cleared", 3)


@pytest.mark.fault("printer jams", code="printer.jammed")
async def test_jam_before(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A printer that is jammed already gets no job."""
    rig.printer.trouble(Trouble.JAM)
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted("printer.jammed")
    assert rig.printer.received == []
    rig.printer.mend()
    assert await cups_printer.print_pdf(PDF, "later") == Printed(3)


@pytest.mark.fault("printer jams", code="printer.jammed")
async def test_jam_at_the_first_page(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """No page counted, by a printer that nobody has seen counting: paper sticks in it, and it is doubt."""
    rig.printer.page_s = 1.0
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "first"))
    await rig.until(lambda printer: any(job.began for job in printer.jobs.values()))
    rig.printer.trouble(Trouble.JAM)
    assert await job == PrintDoubtful("printer.jammed", 0)
    assert rig.printer.tray == []


async def test_a_mended_printer_has_no_jam_to_come(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Mending also takes back what a test had planned for a page that never came."""
    rig.printer.trouble(Trouble.JAM, after_page=2)
    rig.printer.mend()
    assert await cups_printer.print_pdf(PDF, "whole") == Printed(3)
