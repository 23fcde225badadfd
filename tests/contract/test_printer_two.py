"""Two printers behind one spooler: A4 and a roll of 80 mm, each with its own paper, jobs and troubles."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import pytest
import typst  # noqa: TID251 - makes slips of the kind that is printed

from devices.printer.api import NotPrinted, Printed
from devices.printer.cups_printer import CupsPrinter
from devices.printer.ipp import first
from devices.printer.media import Roll
from devices.virtual.cupsd import CupsDaemon
from devices.virtual.printer import Sheet, Trouble, VirtualPrinter
from devices.virtual.printer_attributes import ROLL_80
from devices.virtual.printer_server import PDF_FIRST, RASTER_ONLY, PrinterServer
from tests.fixtures_printing import PATIENT, PDF, SECRET, PrinterRig, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")
SLIP_MM = 143


def slip(length_mm: int = SLIP_MM) -> bytes:
    source = f'#set document(title: "{SECRET}")\n#set page(width: 80mm, height: {length_mm}mm)\n= Slip'
    pdf = typst.compile(source.encode(), format="pdf")
    assert isinstance(pdf, bytes)
    return pdf


@pytest.fixture
def slip_printer() -> Iterator[VirtualPrinter]:
    """Give a printer with a roll; a piece of it is a sheet."""
    printer = VirtualPrinter()
    yield printer
    printer.close()


@dataclass
class RollRig:
    """The roll printer and its driver."""

    printer: VirtualPrinter
    driver: CupsPrinter


@pytest.fixture(params=[PDF_FIRST, RASTER_ONLY], ids=["pdf", "raster"])
async def roll(
    request: pytest.FixtureRequest, cupsd: CupsDaemon, slip_printer: VirtualPrinter
) -> AsyncIterator[RollRig]:
    """Put the roll printer behind a queue of the same cupsd, once as one that reads PDF, once as one that does not."""
    with PrinterServer(slip_printer, request.param, ROLL_80) as server:
        port = server.uri.split(":")[2].split("/")[0]
        driver = CupsPrinter(f"roll-{port}", server.uri, str(cupsd.socket), paper=Roll(80), pace=PATIENT)
        await driver.ensure_queue()
        yield RollRig(slip_printer, driver)
        await driver.aclose()


def size_mm(printer: VirtualPrinter) -> tuple[float, float]:
    """Return the paper that the last job asked for."""
    media = first(printer.received[-1].wishes, "media-col")
    assert isinstance(media, Mapping)
    size = media["media-size"][0].plain
    assert isinstance(size, Mapping)
    width, length = (first(dict(size), f"{side}-dimension") for side in "xy")
    assert isinstance(width, int)
    assert isinstance(length, int)
    return width / 100, length / 100


@pytest.mark.parametrize("length_mm", [SLIP_MM, 310])
async def test_each_job_says_how_long_it_is(roll: RollRig, length_mm: int) -> None:
    """The roll is cut to the document: 80 mm wide, as long as its page. CUPS rounds to points (0.35 mm)."""
    assert await roll.driver.print_pdf(slip(length_mm), "long") == Printed(1)
    width, length = size_mm(roll.printer)
    assert width == pytest.approx(80, abs=0.4)
    assert length_mm <= length <= length_mm + 2


async def test_both_at_once(rig: PrinterRig, cups_printer: CupsPrinter, roll: RollRig) -> None:
    """A certificate and a slip at the same time: each comes out of its own printer, whole, on its own paper."""
    outcomes = await asyncio.gather(cups_printer.print_pdf(PDF, "certificate"), roll.driver.print_pdf(slip(), "slip"))
    assert outcomes == [Printed(3), Printed(1)]
    assert rig.printer.tray == sheets("certificate", 3)
    assert roll.printer.tray == [Sheet("slip", 1)]
    assert size_mm(rig.printer) == (210, 297)


async def test_trouble_of_one_is_not_the_others(rig: PrinterRig, cups_printer: CupsPrinter, roll: RollRig) -> None:
    """A jam in one stops neither the other nor its queue."""
    roll.printer.trouble(Trouble.JAM)
    assert await roll.driver.print_pdf(slip(), "none") == NotPrinted("printer.jammed")
    assert await cups_printer.print_pdf(PDF, "whole") == Printed(3)
    rig.printer.trouble(Trouble.OFFLINE)
    roll.printer.mend()
    assert await roll.driver.print_pdf(slip(), "slip") == Printed(1)
    assert await cups_printer.print_pdf(PDF, "none") == NotPrinted("printer.unavailable")


async def test_a4_does_not_go_onto_a_roll(roll: RollRig) -> None:
    """A page wider than the roll is refused before anybody is asked to print it."""
    assert await roll.driver.print_pdf(PDF, "wide") == NotPrinted("printer.refused")
    assert roll.printer.received == []


async def test_both_queues_made_at_once(rig: PrinterRig, cups_printer: CupsPrinter, roll: RollRig) -> None:
    """Two drivers that start together make their queues one after another: cupsd does not survive two at once."""
    for _ in range(3):
        await asyncio.gather(cups_printer.remove_queue(), roll.driver.remove_queue())
        await asyncio.gather(cups_printer.ensure_queue(), roll.driver.ensure_queue())
    assert await cups_printer.print_pdf(PDF, "certificate again") == Printed(3)
    assert await roll.driver.print_pdf(slip(), "slip again") == Printed(1)
