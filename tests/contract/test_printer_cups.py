"""The CUPS driver through a real cupsd: what it says is what lies in the tray, or doubt."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest

from devices.printer.api import (
    JobProgress,
    NotPrinted,
    PrintDoubtful,
    Printed,
    PrinterMissing,
    PrinterReady,
    PrinterStopped,
    PrinterUnavailable,
)
from devices.printer.cups_printer import CupsPrinter
from devices.printer.ipp import first, make
from devices.printer.ipp_tags import Tag
from devices.virtual.cupsd import CupsDaemon
from devices.virtual.printer import Sheet, Trouble, VirtualPrinter
from devices.virtual.printer_server import RASTER_ONLY, PrinterServer
from tests.fixtures_printing import QUICK, PrinterRig, a4_pdf

SECRET = "secret-of-a-citizen"
PDF = a4_pdf(3, SECRET)


@pytest.fixture(autouse=True)
def nothing_stays_in_the_spool(rig: PrinterRig) -> Iterator[None]:
    """After every test, whatever went wrong in it, cupsd keeps no document and no text of one."""
    yield
    for _ in range(100):
        if not rig.documents():
            break
        rig.printer.wait_for(lambda _printer: False, 0.02)
    assert rig.documents() == []
    everything = b"".join(path.read_bytes() for path in rig.cupsd.root.rglob("*") if path.is_file())
    assert SECRET.encode() not in everything


def sheets(name: str, count: int) -> list[Sheet]:
    return [Sheet(name, page) for page in range(1, count + 1)]


async def until(rig: PrinterRig, promise: Callable[[VirtualPrinter], bool]) -> None:
    assert await asyncio.to_thread(rig.printer.wait_for, promise)


async def test_prints_every_page_and_says_so(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Printed(3) means three sheets, and the document arrives octet for octet, so that signatures hold."""
    assert await cups_printer.print_pdf(PDF, "whole") == Printed(3)
    assert rig.printer.tray == sheets("whole", 3)
    assert [(one.pdf, one.job_name, one.copies) for one in rig.printer.received] == [(PDF, "whole", 1)]


async def test_says_what_paper_is_meant(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Every job asks for A4, one side, one copy, whatever the printer's defaults are."""
    await cups_printer.print_pdf(PDF, "wishes")
    wishes = rig.printer.received[0].wishes
    media = first(wishes, "media-col")
    assert isinstance(media, Mapping)
    size = media["media-size"][0].plain
    assert size == {"x-dimension": make(Tag.INTEGER, 21000), "y-dimension": make(Tag.INTEGER, 29700)}
    assert first(wishes, "sides") == "one-sided"
    assert first(wishes, "copies") in {None, 1}


async def test_status_is_the_printers_own_word(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """An empty tray is seen before anything is printed, though the printer is idle; and so is its refilling."""
    assert await cups_printer.probe() == PrinterReady()
    rig.printer.refill(0)
    assert await cups_printer.changed(PrinterReady()) == PrinterStopped(("media-empty-error",))
    rig.printer.refill()
    assert await cups_printer.changed(PrinterStopped(("media-empty-error",))) == PrinterReady()
    rig.printer.trouble(Trouble.OFFLINE)
    assert await cups_printer.changed(PrinterReady()) == PrinterMissing()


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Trouble.JAM, "printer.jammed"),
        (Trouble.COVER_OPEN, "printer.cover_open"),
        (Trouble.PAUSED, "printer.paused"),
        (Trouble.OFFLINE, "printer.unavailable"),
        (Trouble.POWER_CUT, "printer.unavailable"),
    ],
)
async def test_a_stopped_printer_gets_no_job(
    rig: PrinterRig, cups_printer: CupsPrinter, trouble: Trouble, code: str
) -> None:
    """What stands in the way before the job is named at once, and nothing is handed over."""
    rig.printer.trouble(trouble)
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted(code)
    assert rig.printer.received == []
    rig.printer.mend()
    assert await cups_printer.print_pdf(PDF, "later") == Printed(3)


async def test_paper_out_before(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """An empty tray: nothing is printed, and that is said."""
    rig.printer.refill(0)
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted("printer.out_of_paper")
    assert rig.printer.tray == []


async def test_paper_out_during_and_refilled(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
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


async def test_paper_out_during_and_never_refilled(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """After its patience the driver cancels and says how many pages lie there; the queue works afterwards."""
    rig.printer.refill(2)
    assert await cups_printer.print_pdf(PDF, "short") == PrintDoubtful("printer.out_of_paper", 2)
    assert rig.printer.tray == sheets("short", 2)
    rig.printer.refill()
    assert await cups_printer.print_pdf(PDF, "next") == Printed(3)
    assert rig.printer.tray == sheets("short", 2) + sheets("next", 3)


async def test_jam_after_two_pages_of_three(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A jam that nobody clears: two pages lie there, and after clearing it the third never comes by itself."""
    rig.printer.trouble(Trouble.JAM, after_page=2)
    assert await cups_printer.print_pdf(PDF, "jam") == PrintDoubtful("printer.jammed", 2)
    rig.printer.mend()
    assert await cups_printer.print_pdf(PDF, "next") == Printed(3)
    assert rig.printer.tray == sheets("jam", 2) + sheets("next", 3)


async def test_power_cut_in_mid_job(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A printer that comes back without memory leaves doubt, with its last word; CUPS would say "completed"."""
    rig.printer.page_s = 0.15
    rig.printer.trouble(Trouble.POWER_CUT, after_page=2)
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "cut"))
    await until(rig, lambda printer: len(printer.tray) == 2)
    await asyncio.sleep(0.2)
    rig.printer.mend()
    outcome = await job
    assert isinstance(outcome, PrintDoubtful)
    assert outcome.code == "printer.job_lost"
    assert outcome.impressions in {1, 2}
    assert len(rig.printer.tray) == 2


async def test_power_cut_for_good(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A printer that never comes back leaves doubt too, after the driver's patience."""
    rig.printer.trouble(Trouble.POWER_CUT, after_page=1)
    outcome = await cups_printer.print_pdf(PDF, "dead")
    assert isinstance(outcome, PrintDoubtful)
    assert outcome.code == "printer.unavailable"


async def test_line_to_the_printer_cut_and_mended(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
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


async def test_closing_ends_a_job(rig: PrinterRig) -> None:
    """A driver given back in mid-job cancels it; it may be given back twice."""
    rig.printer.page_s = 0.4
    driver = rig.driver()
    job = asyncio.create_task(driver.print_pdf(PDF, "closing"))
    await until(rig, lambda printer: len(printer.tray) == 1)
    await driver.aclose()
    await driver.aclose()
    assert await job == PrintDoubtful("printer.cancelled", len(rig.printer.tray))


async def test_completed_with_fewer_pages(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """The word completed, with one impression of three, is not Printed."""
    rig.printer.trouble(Trouble.PHANTOM, after_page=1)
    assert await cups_printer.print_pdf(PDF, "phantom") == PrintDoubtful("printer.incomplete", 1)


async def test_the_printers_word_is_all_there_is(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A printer that lies about its impressions is believed: nothing but a sensor in the tray could know."""
    rig.printer.trouble(Trouble.LIE, after_page=1)
    assert await cups_printer.print_pdf(PDF, "lie") == Printed(3)
    assert rig.printer.tray == sheets("lie", 1)


async def test_printer_gives_the_job_up(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A job that the printer aborts after a page is doubt; before the first page it was not printed."""
    rig.printer.trouble(Trouble.ABORT, after_page=1)
    assert await cups_printer.print_pdf(PDF, "one") == PrintDoubtful("printer.refused", 1)
    rig.printer.trouble(Trouble.ABORT)
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted("printer.refused")
    assert rig.printer.tray == sheets("one", 1)


async def test_bad_pdf(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """What is no whole PDF goes nowhere; nor does it stop the queue."""
    assert await cups_printer.print_pdf(PDF[:300], "cut off") == NotPrinted("printer.refused")
    assert await cups_printer.print_pdf(b"", "empty") == NotPrinted("printer.refused")
    assert rig.printer.received == []
    assert await cups_printer.print_pdf(PDF, "good") == Printed(3)


async def test_two_jobs_never_share_an_outcome(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Two jobs at once, one of one page and one of three: each gets its own, and one in trouble stays alone."""
    outcomes = await asyncio.gather(cups_printer.print_pdf(PDF, "three"), cups_printer.print_pdf(a4_pdf(1), "one"))
    assert outcomes == [Printed(3), Printed(1)]
    rig.printer.trouble(Trouble.ABORT)
    outcomes = await asyncio.gather(
        cups_printer.print_pdf(PDF, "three again"), cups_printer.print_pdf(PDF, "three more")
    )
    assert sorted(map(repr, outcomes)) == [repr(NotPrinted("printer.refused")), repr(Printed(3))]


async def test_cancelling_the_coroutine_cancels_the_job(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """When the visit ends, so does the job; its outcome can still be asked for."""
    rig.printer.page_s = 0.4
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "ended"))
    await until(rig, lambda printer: len(printer.tray) == 1)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    printed = len(rig.printer.tray)
    assert printed < 3
    assert await cups_printer.outcome_of("ended") == PrintDoubtful("printer.refused", printed)


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


async def test_outcome_after_the_process_was_lost(rig: PrinterRig) -> None:
    """A new driver finds the job of a dead one by its name, waits for it, and knows nothing of a job never made."""
    rig.printer.page_s = 0.2
    dead = rig.driver()
    job = asyncio.create_task(dead.print_pdf(PDF, "orphan"))
    await until(rig, lambda printer: len(printer.tray) == 1)
    fresh = rig.driver()
    assert await fresh.outcome_of("orphan") == Printed(3)
    assert await fresh.outcome_of("orphan") == Printed(3)
    assert await fresh.outcome_of("never made") is None
    rig.printer.trouble(Trouble.OFFLINE)
    with pytest.raises(PrinterUnavailable):
        await fresh.outcome_of("orphan")
    await job
    await dead.aclose()
    await fresh.aclose()


async def test_a_printer_without_pdf_gets_raster(cupsd: CupsDaemon, virtual_printer: VirtualPrinter) -> None:
    """What cannot read PDF gets pages of dots through CUPS's filters, counted and judged in the same way."""
    with PrinterServer(virtual_printer, RASTER_ONLY) as server:
        driver = CupsPrinter("dots", server.uri, str(cupsd.socket), pace=QUICK)
        await driver.ensure_queue()
        assert await driver.print_pdf(PDF, "dots") == Printed(3)
        assert [one.document_format for one in virtual_printer.received] == ["image/urf"]
        assert virtual_printer.tray == sheets("dots", 3)
        await driver.aclose()


async def test_a_pdf_that_only_the_printer_finds_broken(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """A document refused by the printer's own interpreter is not printed, and does not stop the next one."""
    rig.printer.reads = lambda _document: False
    assert await cups_printer.print_pdf(PDF, "odd") == NotPrinted("printer.refused")
    rig.printer.reads = lambda _document: True
    assert await cups_printer.print_pdf(PDF, "good") == Printed(3)


async def test_queue_that_is_right_is_left_alone(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Making sure of the queue while a job is on its way neither loses nor doubles it; a stopped one works again."""
    rig.printer.page_s = 0.2
    job = asyncio.create_task(cups_printer.print_pdf(PDF, "once"))
    await until(rig, lambda printer: bool(printer.received))
    await cups_printer.ensure_queue()
    assert await job == Printed(3)
    assert rig.printer.tray == sheets("once", 3)
    command = ["/usr/sbin/cupsdisable", "-h", str(rig.cupsd.socket), rig.queue]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=10)
    assert await cups_printer.print_pdf(PDF, "again") == Printed(3)


@pytest.fixture
async def own_rig(virtual_printer: VirtualPrinter) -> AsyncIterator[PrinterRig]:
    """Give a rig whose cupsd may be killed."""
    root = Path(tempfile.mkdtemp(prefix="cups-"))
    with PrinterServer(virtual_printer) as server:
        rig = PrinterRig(virtual_printer, server, CupsDaemon(root), "own")
        rig.cupsd.start()
        driver = rig.driver()
        await driver.ensure_queue()
        await driver.aclose()
        yield rig
        rig.cupsd.wipe()


async def test_spooler_dies_after_it_handed_the_job_over(own_rig: PrinterRig) -> None:
    """From then on the printer's word is enough; and cupsd, started again, prints nothing a second time."""
    own_rig.printer.page_s = 0.2
    driver = own_rig.driver()
    job = asyncio.create_task(driver.print_pdf(PDF, "on its way"))
    await until(own_rig, lambda printer: len(printer.tray) == 1)
    own_rig.cupsd.kill()
    assert await job == Printed(3)
    own_rig.cupsd.start()
    assert await driver.print_pdf(PDF, "next") == Printed(3)
    assert own_rig.printer.tray == sheets("on its way", 3) + sheets("next", 3)
    await driver.aclose()


async def test_spooler_dies_with_a_document_in_its_hands(own_rig: PrinterRig) -> None:
    """A document left in a killed cupsd is deleted at its next start: it is not printed later, to nobody."""
    driver = own_rig.driver()
    own_rig.printer.trouble(Trouble.BUSY)
    job = asyncio.create_task(driver.print_pdf(PDF, "stranded"))
    for _ in range(100):
        if own_rig.documents():
            break
        await asyncio.sleep(0.02)
    own_rig.cupsd.kill()
    await asyncio.sleep(0.1)
    own_rig.cupsd.start()
    own_rig.printer.mend()
    outcome = await job
    assert isinstance(outcome, NotPrinted | PrintDoubtful)
    assert own_rig.documents() == []
    assert await driver.print_pdf(PDF, "next") == Printed(3)
    assert own_rig.printer.tray == sheets("next", 3)
    await driver.aclose()


async def test_no_spooler(own_rig: PrinterRig) -> None:
    """Without cupsd nothing is printed, and that is said at once; with it, the next job is."""
    driver = own_rig.driver()
    own_rig.cupsd.stop()
    assert await driver.print_pdf(PDF, "none") == NotPrinted("printer.spooler_unavailable")
    with pytest.raises(PrinterUnavailable):
        await driver.outcome_of("none")
    own_rig.cupsd.start()
    assert await driver.outcome_of("none") is None
    assert await driver.print_pdf(PDF, "next") == Printed(3)
    await driver.aclose()
