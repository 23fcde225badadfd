"""A cover that is opened before a job or in the middle of one."""

import pytest

from devices.printer.api import JobProgress, NotPrinted, PrintDoubtful, Printed
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.printer import Trouble
from tests.fixtures_printing import PDF, PrinterRig, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")


@pytest.mark.fault("cover open", code="printer.cover_open")
async def test_open_before(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """An open cover is named, and nothing is handed over."""
    rig.printer.trouble(Trouble.COVER_OPEN)
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted("printer.cover_open")
    assert rig.printer.received == []
    rig.printer.mend()
    assert await cups_printer.print_pdf(PDF, "later") == Printed(3)


@pytest.mark.fault("cover open", code="printer.cover_open")
async def test_opened_during_and_closed(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """The job waits for the cover and goes on where it was."""
    reports: list[JobProgress] = []

    def on_progress(progress: JobProgress) -> None:
        reports.append(progress)
        if progress.reasons:
            rig.printer.mend()

    rig.printer.trouble(Trouble.COVER_OPEN, after_page=1)
    assert await cups_printer.print_pdf(PDF, "opened", on_progress) == Printed(3)
    assert JobProgress(1, ("cover-open-error",)) in reports
    assert rig.printer.tray == sheets("opened", 3)


@pytest.mark.fault("cover open", code="printer.cover_open")
async def test_opened_during_and_left_open(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """After its patience the driver cancels, and says how many pages lie there."""
    rig.printer.trouble(Trouble.COVER_OPEN, after_page=1)
    assert await cups_printer.print_pdf(PDF, "left") == PrintDoubtful("printer.cover_open", 1)
    rig.printer.mend()
    assert await cups_printer.print_pdf(PDF, "next") == Printed(3)
    assert rig.printer.tray == sheets("left", 1) + sheets("next", 3)
