"""A printer or a queue that somebody paused."""

import asyncio
import subprocess

import pytest

from devices.printer.api import JobProgress, NotPrinted, Printed
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.printer import Trouble
from tests.fixtures_printing import PDF, PrinterRig, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")


@pytest.mark.fault("printer or queue paused", code="printer.paused")
async def test_printer_paused(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A printer paused at its panel gets no job."""
    rig.printer.trouble(Trouble.PAUSED)
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted("printer.paused")
    assert rig.printer.received == []


@pytest.mark.fault("printer or queue paused", code="printer.paused")
async def test_printer_paused_in_mid_job(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A pause is waited for."""

    def on_progress(progress: JobProgress) -> None:
        if progress.reasons:
            rig.printer.mend()

    rig.printer.trouble(Trouble.PAUSED, after_page=1)
    assert await cups_printer.print_pdf(PDF, "paused", on_progress) == Printed(3)
    assert rig.printer.tray == sheets("paused", 3)


@pytest.mark.parametrize("command", ["cupsdisable", "cupsreject"])
@pytest.mark.fault("printer or queue paused")
async def test_queue_is_repaired(rig: PrinterRig, cups_printer: CupsPrinter, command: str) -> None:
    """A queue that was stopped, or rejects jobs, is put right before the next job."""
    done = [f"/usr/sbin/{command}", "-h", str(rig.cupsd.socket), rig.queue]
    await asyncio.to_thread(subprocess.run, done, check=True, timeout=10)
    assert await cups_printer.print_pdf(PDF, "again") == Printed(3)


@pytest.mark.fault("printer or queue paused")
async def test_queue_stopped_in_mid_job(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """From the moment the printer has the document, a stopped queue does not matter; and it works afterwards."""
    rig.printer.page_s = 0.2
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "stopped"))
    await rig.until(lambda printer: len(printer.tray) == 1)
    done = ["/usr/sbin/cupsdisable", "-h", str(rig.cupsd.socket), rig.queue]
    await asyncio.to_thread(subprocess.run, done, check=True, timeout=10)
    assert await job == Printed(3)
    assert rig.printer.tray == sheets("stopped", 3)
    assert await cups_printer.print_pdf(PDF, "next") == Printed(3)


@pytest.mark.fault("printer or queue paused")
async def test_queue_that_is_right_is_left_alone(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Making sure of the queue while a job is on its way neither loses nor doubles it."""
    rig.printer.page_s = 0.2
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "once"))
    await rig.until(lambda printer: bool(printer.received))
    await cups_printer.ensure_queue()
    assert await job == Printed(3)
    assert rig.printer.tray == sheets("once", 3)


@pytest.mark.fault("printer or queue paused")
async def test_a_queue_made_twice_at_once(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Start and a replaced printer may ask for the queue at the same time: it is made once, and works."""
    rig.printer.trouble(Trouble.REPLACED)
    await asyncio.gather(*(cups_printer.ensure_queue() for _ in range(4)))
    assert rig.queue_mark() == "Bianmin Virtual V0002"
    assert await cups_printer.print_pdf(PDF, "once") == Printed(3)
