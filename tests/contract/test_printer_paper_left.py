"""Paper that lies in the printer's output: seen being taken by a printer that counts, through IPP and the driver."""

import asyncio
from typing import Any, cast

from devices.printer.cups_printer import CupsPrinter
from kiosk.printing import Desk
from tests.fixtures_printing import PDF, PrinterRig

HANG_S = 20.0


def desk(printer: CupsPrinter) -> Desk:
    """Return a desk that prints nothing: it needs no ledger."""
    return Desk(printer, cast("Any", None))


async def test_taken_paper_is_seen(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """While it lies there, nothing; as soon as somebody takes it, and for whoever comes next, anew."""
    rig.printer.counts_output = True
    for name in ("first", "second"):
        await cups_printer.print_pdf(PDF, name)
        await cups_printer.probe()
        taken = asyncio.create_task(desk(cups_printer).paper_taken(0.05))
        await asyncio.sleep(0.5)
        assert not taken.done()
        rig.printer.take_paper()
        async with asyncio.timeout(HANG_S):
            await taken


async def test_a_printer_that_does_not_count_never_says_so(rig: PrinterRig, cups_printer: CupsPrinter) -> None:
    """Nobody is told that the paper is gone when nobody knows."""
    await cups_printer.print_pdf(PDF, "uncounted")
    await cups_printer.probe()
    taken = asyncio.create_task(desk(cups_printer).paper_taken(0.05))
    rig.printer.take_paper()
    await asyncio.sleep(0.5)
    assert not taken.done()
    taken.cancel()
    await asyncio.gather(taken, return_exceptions=True)
