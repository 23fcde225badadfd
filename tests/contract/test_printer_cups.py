"""The CUPS driver through a real cupsd: what it says is what lies in the tray, or doubt."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace

import pytest

from devices.printer.api import InputTray, Marker, NotPrinted, Printed, PrinterReady, PrinterUnavailable, Supplies
from devices.printer.cups_printer import CupsPrinter
from devices.printer.ipp import first, make
from devices.printer.ipp_tags import Tag
from devices.virtual.cupsd import CupsDaemon
from devices.virtual.printer import Trouble, VirtualPrinter
from devices.virtual.printer_server import RASTER_ONLY, PrinterServer
from tests.fixtures_printing import PATIENT, PDF, QUICK, PrinterRig, a4_pdf, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")


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


async def test_two_jobs_never_share_an_outcome(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Two jobs at once, one of one page and one of three: each gets its own, and one in trouble stays alone."""
    outcomes = await asyncio.gather(cups_printer.print_pdf(PDF, "three"), cups_printer.print_pdf(a4_pdf(1), "one"))
    assert outcomes == [Printed(3), Printed(1)]
    rig.printer.reads = lambda _document: len(rig.printer.received) != 3
    outcomes = await asyncio.gather(
        cups_printer.print_pdf(PDF, "three again"), cups_printer.print_pdf(PDF, "three more")
    )
    assert sorted(map(repr, outcomes)) == [repr(NotPrinted("printer.refused")), repr(Printed(3))]


async def test_outcome_after_the_process_was_lost(rig: PrinterRig) -> None:
    """A new driver finds the job of a dead one by its name, waits for it, and knows nothing of a job never made."""
    rig.printer.page_s = 0.2
    dead = rig.driver()
    job = asyncio.create_task(dead.print_pdf(PDF, "orphan"))
    await rig.until(lambda printer: len(printer.tray) == 1)
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
        driver = CupsPrinter("dots", server.uri, str(cupsd.socket), pace=PATIENT)
        await driver.ensure_queue()
        assert await driver.print_pdf(PDF, "dots") == Printed(3)
        assert [one.document_format for one in virtual_printer.received] == ["image/urf"]
        assert virtual_printer.tray == sheets("dots", 3)
        await driver.aclose()


async def test_supplies_are_polled_once_and_read_everywhere(
    rig: PrinterRig, cups_printer: CupsPrinter, caplog: pytest.LogCaptureFixture
) -> None:
    """Toner and paper are what the idle printer last said; running short, and filled again, is logged once each."""
    caplog.set_level(logging.INFO)
    await cups_printer.probe()
    assert cups_printer.supplies.markers == (Marker("Black toner", "toner-cartridge", 60, low=False),)
    assert cups_printer.supplies.inputs == (InputTray("main", (210, 297), 50, 250, low=False),)
    assert cups_printer.detail == "Bianmin Virtual V0001: Black toner 60 %, main 50/250"
    rig.printer.toner_percent = 15
    rig.printer.refill(20)
    for _ in range(3):
        await cups_printer.probe()
    assert cups_printer.supplies.short == ("Black toner", "main")
    assert cups_printer.status == PrinterReady(("marker-supply-low-warning", "media-low-warning"))
    assert cups_printer.detail == "Bianmin Virtual V0001: Black toner 15 %!, main 20/250!"
    rig.printer.toner_percent = 100
    rig.printer.refill()
    await cups_printer.probe()
    assert cups_printer.supplies.short == ()
    told = [record.message for record in caplog.records if "short" in record.message]
    assert told == [
        f"printer {cups_printer.name} is short of: Black toner, main",
        f"printer {cups_printer.name} is short of: nothing",
    ]


async def test_nothing_known_of_a_printer_that_never_answered(cupsd: CupsDaemon) -> None:
    """Before the first answer supplies are empty; reading them asks nobody."""
    driver = CupsPrinter("nobody", "ipp://127.0.0.1:9/ipp/print", str(cupsd.socket), pace=QUICK)
    assert (driver.supplies, driver.detail) == (Supplies(), "")
    await driver.aclose()


async def test_a_printer_that_never_ends_its_answer_is_silent(cupsd: CupsDaemon) -> None:
    """Drop by drop, or without end: neither holds the driver up, nor fills its memory."""

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n\r\n")
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while True:
                writer.write(b"\x02" * 100_000)
                await writer.drain()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n\r\n")
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while True:
                writer.write(b"\x02")
                await writer.drain()
                await asyncio.sleep(0.05)

    for hostile in (flood, drip):
        async with await asyncio.start_server(hostile, "127.0.0.1", 0) as server:
            uri = f"ipp://127.0.0.1:{server.sockets[0].getsockname()[1]}/ipp/print"
            driver = CupsPrinter("hostile", uri, str(cupsd.socket), pace=replace(QUICK, request_s=0.5))
            async with asyncio.timeout(20):
                assert await driver.print_pdf(PDF, "none") == NotPrinted("printer.unavailable")
            await driver.aclose()
