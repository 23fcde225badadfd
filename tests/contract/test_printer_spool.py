"""The spool: no ending of a job leaves a document in it, and a spooler that keeps documents is found out by asking."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from devices.printer.api import NotPrinted, PrintDoubtful, Printed
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.cupsd import CupsDaemon
from devices.virtual.printer import Trouble, VirtualPrinter
from devices.virtual.printer_server import RASTER_ONLY, PrinterServer
from tests.fixtures_printing import PATIENT, PDF, QUICK, PrinterRig, a4_pdf, assert_clean

Ending = Callable[[PrinterRig, CupsPrinter], Awaitable[None]]


async def printed(_rig: PrinterRig, driver: CupsPrinter) -> None:
    assert await driver.print_pdf(PDF, "job") == Printed(3)


async def cancelled(rig: PrinterRig, driver: CupsPrinter) -> None:
    rig.printer.page_s = 0.5
    job = asyncio.create_task(driver.print_pdf(PDF, "job"))
    await rig.until(lambda printer: bool(printer.received))
    job.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await job
    rig.printer.page_s = 0.01


async def aborted(rig: PrinterRig, driver: CupsPrinter) -> None:
    rig.printer.trouble(Trouble.ABORT)
    assert isinstance(await driver.print_pdf(PDF, "job"), PrintDoubtful)


async def bad_pdf(rig: PrinterRig, driver: CupsPrinter) -> None:
    rig.printer.reads = lambda _document: False
    assert await driver.print_pdf(PDF, "job") == NotPrinted("printer.refused")
    rig.printer.reads = lambda _document: True


async def printer_off(rig: PrinterRig, _driver: CupsPrinter) -> None:
    rig.printer.on_job = lambda: rig.printer.trouble(Trouble.POWER_CUT)
    impatient = rig.driver(replace(QUICK, stuck_s=0.3, settle_s=1.0))
    assert isinstance(await impatient.print_pdf(PDF, "job"), PrintDoubtful)
    await impatient.aclose()
    rig.printer.on_job = lambda: None
    rig.printer.mend()


async def spooler_killed(rig: PrinterRig, driver: CupsPrinter) -> None:
    rig.printer.trouble(Trouble.BUSY)
    job = asyncio.create_task(driver.print_pdf(PDF, "job"))
    await rig.until_spooled()
    rig.cupsd.kill()
    rig.cupsd.start()
    rig.printer.mend()
    assert not isinstance(await job, Printed)


@pytest.mark.parametrize("ending", [printed, cancelled, aborted, bad_pdf, printer_off, spooler_killed])
@pytest.mark.fault("documents left in the spool")
async def test_no_ending_leaves_a_document(own_rig: PrinterRig, ending: Ending) -> None:
    """However a job ends, neither the document nor a word of it is left below cupsd, and the next job is printed."""
    driver = own_rig.driver()
    await ending(own_rig, driver)
    assert_clean(own_rig)
    assert await driver.keeps_documents() is False
    assert isinstance(await driver.print_pdf(a4_pdf(1), "next"), Printed)
    await driver.aclose()


@pytest.mark.fault("broken document", code="printer.refused")
async def test_a_pdf_that_breaks_the_filters(cupsd: CupsDaemon, virtual_printer: VirtualPrinter) -> None:
    """For a printer without PDF the spooler's own filters find it broken: not printed, and the queue goes on."""
    with PrinterServer(virtual_printer, RASTER_ONLY) as server:
        rig = PrinterRig(virtual_printer, server, cupsd, f"broken-{server.uri.split(':')[2].split('/')[0]}")
        driver = rig.driver(PATIENT)
        await driver.ensure_queue()
        outcome = await driver.print_pdf(PDF.replace(b"/Kids", b"/Kidz"), "broken")
        assert not isinstance(outcome, Printed)
        assert virtual_printer.tray == []
        assert await driver.print_pdf(PDF, "next") == Printed(3)
        assert_clean(rig)
        await driver.aclose()


@pytest.fixture(params=[False, True], ids=["careful", "careless"])
async def spool(request: pytest.FixtureRequest, virtual_printer: VirtualPrinter) -> AsyncIterator[PrinterRig]:
    """Give a rig whose cupsd keeps what was printed, or does not (its name tells)."""
    with PrinterServer(virtual_printer) as server:
        daemon = CupsDaemon(Path(tempfile.mkdtemp(prefix="cups-")), keep_documents=request.param)
        daemon.start()
        yield PrinterRig(virtual_printer, server, daemon, "keeps" if request.param else "deletes")
        daemon.wipe()


def fetched() -> set[Path]:
    """Return the files that pycups writes documents to, were one fetched."""
    return set(Path(tempfile.gettempdir()).glob("jobdoc-*"))


@pytest.mark.parametrize("after_a_job", [False, True])
@pytest.mark.fault("documents left in the spool", code="printer.documents_kept")
async def test_kept_documents_are_noticed(spool: PrinterRig, *, after_a_job: bool) -> None:
    """Before the first job as after one the spooler's own answer tells; asking prints nothing and fetches nothing."""
    driver = spool.driver()
    assert await driver.keeps_documents() is None, "there is no queue yet"
    await driver.ensure_queue()
    if after_a_job:
        assert await driver.print_pdf(a4_pdf(1), "job") == Printed(1)
    before, tray = fetched(), list(spool.printer.tray)
    assert await driver.keeps_documents() is (spool.queue == "keeps")
    assert (fetched(), spool.printer.tray) == (before, tray)
    await driver.aclose()


async def test_no_spooler_to_ask(tmp_path: Path, virtual_printer: VirtualPrinter) -> None:
    """A spooler that is not there is an error with a code."""
    with PrinterServer(virtual_printer) as server:
        driver = CupsPrinter("none", server.uri, str(tmp_path / "no.sock"), pace=QUICK)
        with pytest.raises(Exception, match="cupsd") as caught:
            await driver.keeps_documents()
        assert getattr(caught.value, "code", None) == "printer.spooler_unavailable"
        await driver.aclose()
