"""Printers that count otherwise than they should, say "completed" without paper, or keep no list."""

from dataclasses import replace

import pytest

from devices.printer.api import JobProgress, PrintDoubtful, Printed
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.printer import Counting, Trouble
from tests.fixtures_printing import PDF, QUICK, PrinterRig, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")


@pytest.mark.fault("completed without paper", code="printer.incomplete")
async def test_completed_with_fewer_pages(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """The word completed, with one impression of three, is not Printed."""
    rig.printer.trouble(Trouble.PHANTOM, after_page=1)
    assert await cups_printer.print_pdf(PDF, "phantom") == PrintDoubtful("printer.incomplete", 1)


@pytest.mark.fault("completed without paper", code="printer.incomplete")
async def test_completed_without_paper(rig: PrinterRig) -> None:
    """All pages said to be printed, while the printer's count of all its pages stood still: that is told."""
    driver = rig.driver(replace(QUICK, settle_s=0.5))
    rig.printer.counts_ever = True
    rig.printer.trouble(Trouble.LIE)
    assert await driver.print_pdf(PDF, "lie") == PrintDoubtful("printer.incomplete", 0)
    assert rig.printer.tray == []
    assert await driver.print_pdf(PDF, "true") == Printed(3)
    await driver.aclose()


@pytest.mark.fault("completed without paper")
async def test_the_printers_word_is_all_there_is(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A printer that lies and keeps no such count is believed: nothing but a sensor in the tray could know."""
    rig.printer.trouble(Trouble.LIE, after_page=1)
    assert await cups_printer.print_pdf(PDF, "lie") == Printed(3)
    assert rig.printer.tray == sheets("lie", 1)


@pytest.mark.parametrize("counting", Counting)
async def test_printed_however_it_counts(rig: PrinterRig, cups_printer: CupsPrinter, counting: Counting) -> None:
    """Page by page, at the end, sheets only, or nothing: a job that ended well is Printed(3)."""
    rig.printer.counting = counting
    rig.printer.trouble(Trouble.COVER_OPEN, after_page=2)  # so that what it counts by then is seen
    reports: list[JobProgress] = []

    def on_progress(progress: JobProgress) -> None:
        reports.append(progress)
        if progress.reasons:
            rig.printer.mend()

    assert await cups_printer.print_pdf(PDF, "count", on_progress) == Printed(3)
    assert bool([report for report in reports if report.impressions in {1, 2}]) is (
        counting in {Counting.LIVE, Counting.SHEETS}
    )


@pytest.mark.parametrize(("counting", "told"), [(Counting.AT_END, 0), (Counting.SHEETS, 2), (Counting.NEVER, None)])
@pytest.mark.fault("paper runs out", code="printer.out_of_paper")
async def test_paper_out_however_it_counts(
    rig: PrinterRig, cups_printer: CupsPrinter, counting: Counting, told: int | None
) -> None:
    """Two pages lie in the tray; a printer that counts at the end says 0 of them, and is not believed."""
    rig.printer.counting = counting
    rig.printer.refill(2)
    assert await cups_printer.print_pdf(PDF, "short") == PrintDoubtful("printer.out_of_paper", told)
    assert rig.printer.tray == sheets("short", 2)


@pytest.mark.fault("printer that forgets", code="printer.forgotten")
async def test_printer_that_keeps_no_list(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A job that is gone after its last page was counted is printed; one that is gone before is doubt."""
    rig.printer.keeps_list = False
    rig.printer.page_s = 0.3
    outcome = await cups_printer.print_pdf(PDF, "gone")
    assert isinstance(outcome, PrintDoubtful)
    assert outcome.code == "printer.forgotten"
    assert outcome.impressions in {1, 2}


@pytest.mark.fault("printer gives a job up", code="printer.refused")
async def test_printer_gives_the_job_up(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A job that the printer aborts is doubt, with the pages it counted."""
    rig.printer.trouble(Trouble.ABORT)
    assert await cups_printer.print_pdf(PDF, "none") == PrintDoubtful("printer.refused", 0)
    rig.printer.trouble(Trouble.ABORT, after_page=1)
    assert await cups_printer.print_pdf(PDF, "one") == PrintDoubtful("printer.refused", 1)
    assert rig.printer.tray == sheets("one", 1)
