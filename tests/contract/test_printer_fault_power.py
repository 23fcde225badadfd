"""Power and line: off before, cut in mid-job, back with or without memory."""

import asyncio
from dataclasses import replace

import pytest

from devices.printer.api import JobProgress, NotPrinted, PrintDoubtful, Printed, PrinterMissing, PrinterReady
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.printer import Trouble
from tests.fixtures_printing import PDF, QUICK, PrinterRig, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")


@pytest.mark.parametrize("trouble", [Trouble.OFFLINE, Trouble.POWER_CUT])
@pytest.mark.fault("printer off", code="printer.unavailable")
async def test_off_before(rig: PrinterRig, cups_printer: CupsPrinter, trouble: Trouble) -> None:
    """A printer that does not answer gets no job, and the next one when it is back."""
    assert await cups_printer.probe() == PrinterReady()
    rig.printer.trouble(trouble)
    assert await cups_printer.changed(PrinterReady()) == PrinterMissing()
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted("printer.unavailable")
    assert rig.printer.received == []
    rig.printer.mend()
    assert await cups_printer.print_pdf(PDF, "later") == Printed(3)


@pytest.mark.fault("power cut in mid-job", code="printer.job_lost")
async def test_power_cut_in_mid_job(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A printer that comes back without memory leaves doubt, with its last word; CUPS would say "completed"."""
    rig.printer.page_s = 0.5  # long enough for the first page to be seen
    rig.printer.trouble(Trouble.POWER_CUT, after_page=2)
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "cut"))
    await rig.until(lambda printer: len(printer.tray) == 2)
    await asyncio.sleep(0.2)
    rig.printer.mend()
    outcome = await job
    assert isinstance(outcome, PrintDoubtful)
    assert outcome.code == "printer.job_lost"
    assert outcome.impressions in {1, 2}
    assert len(rig.printer.tray) == 2


@pytest.mark.fault("printer off", code="printer.unavailable")
async def test_power_cut_for_good(rig: PrinterRig) -> None:
    """A printer that never comes back leaves doubt too, after the driver's patience."""
    driver = rig.driver(replace(QUICK, stuck_s=0.5, settle_s=1.0))
    rig.printer.trouble(Trouble.POWER_CUT, after_page=1)
    outcome = await driver.print_pdf(PDF, "dead")
    assert isinstance(outcome, PrintDoubtful)
    assert outcome.code == "printer.unavailable"
    rig.printer.mend()
    assert await driver.print_pdf(PDF, "next") == Printed(3)
    await driver.aclose()


@pytest.mark.fault("printer off", code="printer.unavailable")
async def test_line_cut_and_mended(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A printer that goes on while nobody hears it is believed when it is heard again."""
    reports: list[JobProgress] = []

    def on_progress(progress: JobProgress) -> None:
        reports.append(progress)
        if progress.reasons == ("timed-out",):
            rig.printer.mend()

    rig.printer.page_s = 0.1
    rig.printer.trouble(Trouble.OFFLINE, after_page=1)
    assert await cups_printer.print_pdf(PDF, "line", on_progress) == Printed(3)
    assert rig.printer.tray == sheets("line", 3)
    assert any(report.reasons == ("timed-out",) for report in reports)
