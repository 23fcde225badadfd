"""A job that somebody cancels: at the panel, by leaving, by closing the driver."""

import asyncio

import pytest

from devices.printer.api import NotPrinted, PrintDoubtful, Printed
from devices.printer.cups_printer import CupsPrinter
from tests.fixtures_printing import PDF, PrinterRig, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")


@pytest.mark.fault("job cancelled", code="printer.cancelled")
async def test_cancelled_at_the_panel(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """The printer's own button leaves what was printed by then, and the next job is printed."""
    rig.printer.page_s = 0.4
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "panel"))
    await rig.until(lambda printer: len(printer.tray) == 1)
    await asyncio.sleep(0.2)
    rig.printer.cancel_at_panel()
    assert await job == PrintDoubtful("printer.cancelled", len(rig.printer.tray))
    rig.printer.page_s = 0.01
    assert await cups_printer.print_pdf(PDF, "next") == Printed(3)
    assert rig.printer.tray[-3:] == sheets("next", 3)


@pytest.mark.fault("job cancelled", code="printer.cancelled")
async def test_cancelled_at_the_panel_before_the_first_page(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Of a printer known to count page by page, no page counted is no page."""
    rig.printer.page_s = 0.3
    assert await cups_printer.print_pdf(PDF, "shows how it counts") == Printed(3)
    rig.printer.page_s = 30
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "none"))
    await rig.until(lambda printer: any(job.name == "none" and job.began for job in printer.jobs.values()))
    rig.printer.cancel_at_panel()
    assert await job == NotPrinted("printer.cancelled")


@pytest.mark.fault("job cancelled", code="printer.cancelled")
async def test_cancelling_the_coroutine_cancels_the_job(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """When the visit ends, so does the job; its outcome can still be asked for."""
    rig.printer.page_s = 0.4
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "ended"))
    await rig.until(lambda printer: len(printer.tray) == 1)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    printed = len(rig.printer.tray)
    assert printed < 3
    assert await cups_printer.outcome_of("ended") == PrintDoubtful("printer.cancelled", printed)


@pytest.mark.fault("job cancelled", code="printer.cancelled")
async def test_cancelled_at_once(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A job cancelled while it is being handed over does not come out later."""
    rig.printer.page_s = 0.5
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "early"))
    await asyncio.sleep(0.03)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert rig.printer.tray == []
    assert not isinstance(await cups_printer.outcome_of("early"), Printed)


@pytest.mark.fault("job cancelled", code="printer.cancelled")
async def test_closing_ends_a_job(rig: PrinterRig) -> None:
    """A driver given back in mid-job cancels it; it may be given back twice."""
    rig.printer.page_s = 0.4
    driver = rig.driver()
    job = asyncio.create_task(driver.print_pdf(PDF, "closing"))
    await rig.until(lambda printer: len(printer.tray) == 1)
    await driver.aclose()
    await driver.aclose()
    assert await job == PrintDoubtful("printer.cancelled", len(rig.printer.tray))
