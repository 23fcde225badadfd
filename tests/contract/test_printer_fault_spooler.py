"""A spooler that dies with a document in its hands, after it gave it away, or is not there at all."""

import asyncio
from collections.abc import Iterator

import pytest

from devices.printer.api import NotPrinted, PrintDoubtful, Printed, PrinterUnavailable
from devices.virtual.printer import Trouble
from tests.fixtures_printing import PDF, PrinterRig, assert_clean, sheets


@pytest.fixture(autouse=True)
def nothing_stays_in_the_spool(own_rig: PrinterRig) -> Iterator[None]:
    """After every test cupsd keeps no document and no text of one."""
    yield
    assert_clean(own_rig)


@pytest.mark.fault("spooler dies", code="printer.spooler_unavailable")
async def test_spooler_dies_after_it_handed_the_job_over(own_rig: PrinterRig) -> None:
    """From then on the printer's word is enough; and cupsd, started again, prints nothing a second time."""
    own_rig.printer.page_s = 0.2
    driver = own_rig.driver()
    job = asyncio.create_task(driver.print_pdf(PDF, "on its way"))
    await own_rig.until(lambda printer: len(printer.tray) == 1)
    own_rig.cupsd.kill()
    assert await job == Printed(3)
    own_rig.cupsd.start()
    assert await driver.print_pdf(PDF, "next") == Printed(3)
    assert own_rig.printer.tray == sheets("on its way", 3) + sheets("next", 3)
    await driver.aclose()


@pytest.mark.fault("spooler dies", code="printer.spooler_unavailable")
async def test_spooler_dies_with_a_document_in_its_hands(own_rig: PrinterRig) -> None:
    """A document left in a killed cupsd is deleted at its next start: it is not printed later, to nobody."""
    driver = own_rig.driver()
    own_rig.printer.trouble(Trouble.BUSY)
    job = asyncio.create_task(driver.print_pdf(PDF, "stranded"))
    await own_rig.until_spooled()
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


@pytest.mark.fault("spooler dies", code="printer.spooler_unavailable")
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
