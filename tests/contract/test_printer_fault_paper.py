"""Paper: none before, none left in mid-job, no room for it when it is printed."""

import pytest

from devices.printer.api import JobProgress, NotPrinted, PrintDoubtful, Printed, PrinterReady, PrinterStopped
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.printer import Counting, Trouble
from tests.fixtures_printing import PDF, PrinterRig, a4_pdf, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")


@pytest.mark.fault("paper runs out", code="printer.out_of_paper")
async def test_out_before(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """An empty tray: nothing is printed, and that is said."""
    rig.printer.refill(0)
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted("printer.out_of_paper")
    assert rig.printer.received == []


@pytest.mark.fault("paper runs out", code="printer.out_of_paper")
async def test_seen_while_idle(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """An empty tray is seen before anything is printed, though the printer is idle; and so is its refilling."""
    assert await cups_printer.probe() == PrinterReady()
    rig.printer.refill(0)
    assert await cups_printer.changed(PrinterReady()) == PrinterStopped(("media-empty-error",))
    rig.printer.refill()
    assert await cups_printer.changed(PrinterStopped(("media-empty-error",))) == PrinterReady()


@pytest.mark.fault("paper runs out", code="printer.out_of_paper")
async def test_out_during_and_refilled(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Paper that runs out is reported and waited for; the job is then printed whole, once."""
    rig.printer.refill(2)
    reports: list[JobProgress] = []

    def on_progress(progress: JobProgress) -> None:
        reports.append(progress)
        if "media-empty-error" in progress.reasons and progress.impressions == 2:
            rig.printer.refill()

    assert await cups_printer.print_pdf(PDF, "refilled", on_progress) == Printed(3)
    assert rig.printer.tray == sheets("refilled", 3)
    assert JobProgress(2, ("media-empty-error",)) in reports


@pytest.mark.fault("paper runs out", code="printer.out_of_paper")
async def test_out_during_and_never_refilled(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """After its patience the driver cancels and says how many pages lie there; the queue works afterwards."""
    rig.printer.refill(2)
    assert await cups_printer.print_pdf(PDF, "short") == PrintDoubtful("printer.out_of_paper", 2)
    assert rig.printer.tray == sheets("short", 2)
    rig.printer.refill()
    assert await cups_printer.print_pdf(PDF, "next") == Printed(3)
    assert rig.printer.tray == sheets("short", 2) + sheets("next", 3)


@pytest.mark.parametrize("counting", [Counting.LIVE, Counting.AT_END])
@pytest.mark.fault("paper runs out", code="printer.out_of_paper")
async def test_the_only_page_waits_for_paper(rig: PrinterRig, cups_printer: CupsPrinter, counting: Counting) -> None:
    """The tray runs empty between check and feed: the only page cannot be out, however the printer counts."""
    rig.printer.counting = counting
    rig.printer.on_job = lambda: rig.printer.refill(0)
    assert await cups_printer.print_pdf(a4_pdf(1), "only") == NotPrinted("printer.out_of_paper")
    assert rig.printer.tray == []


@pytest.mark.fault("output tray full", code="printer.output_full")
async def test_output_tray_full(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Paper that nobody takes away stops the printer; it goes on when it is taken."""
    reports: list[JobProgress] = []

    def on_progress(progress: JobProgress) -> None:
        reports.append(progress)
        if progress.reasons:
            rig.printer.mend()

    rig.printer.trouble(Trouble.OUTPUT_FULL, after_page=1)
    assert await cups_printer.print_pdf(PDF, "full", on_progress) == Printed(3)
    assert JobProgress(1, ("output-area-full-error",)) in reports
    rig.printer.trouble(Trouble.OUTPUT_FULL)
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted("printer.output_full")
