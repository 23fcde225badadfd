"""Another printer at the same address: between two jobs, and in the middle of one."""

import logging

import pytest

from devices.printer.api import PrintDoubtful, Printed
from devices.printer.cups_printer import CupsPrinter
from devices.virtual.printer import Trouble
from tests.fixtures_printing import PDF, PrinterRig, sheets

pytestmark = pytest.mark.usefixtures("clean_spool")


def told(log: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in log.records if "was replaced" in record.message]


@pytest.mark.fault("printer replaced", code="printer.replaced")
async def test_replaced_between_jobs(
    rig: PrinterRig, cups_printer: CupsPrinter, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once; the queue is made anew for the new printer, which then prints."""
    caplog.set_level(logging.INFO)
    await cups_printer.ensure_queue()
    assert await cups_printer.print_pdf(PDF, "old") == Printed(3)
    rig.printer.trouble(Trouble.REPLACED)
    assert await cups_printer.print_pdf(PDF, "new") == Printed(3)
    assert await cups_printer.print_pdf(PDF, "newer") == Printed(3)
    assert told(caplog) == [
        f"printer {cups_printer.name} was replaced: Bianmin Virtual V0002, before it Bianmin Virtual V0001"
    ]
    assert cups_printer.detail.startswith("Bianmin Virtual V0002: ")
    assert rig.queue_mark() == "Bianmin Virtual V0002"


@pytest.mark.fault("printer replaced", code="printer.replaced")
async def test_replaced_in_mid_job(
    rig: PrinterRig, cups_printer: CupsPrinter, caplog: pytest.LogCaptureFixture
) -> None:
    """What the first one printed nobody can say any more; the second prints none of it."""
    rig.printer.page_s = 0.5  # long enough for the first page to be seen
    rig.printer.trouble(Trouble.REPLACED, after_page=2)
    outcome = await cups_printer.print_pdf(PDF, "swapped")
    assert isinstance(outcome, PrintDoubtful)
    assert outcome.code == "printer.replaced"
    assert outcome.impressions in {1, 2}
    assert rig.printer.tray == sheets("swapped", 2)
    assert len(told(caplog)) == 1
    assert await cups_printer.print_pdf(PDF, "next") == Printed(3)


@pytest.mark.fault("printer replaced", code="printer.replaced")
async def test_a_new_process_finds_the_queue_of_another_printer(rig: PrinterRig) -> None:
    """The queue remembers for which printer it was made: swapped while the terminal was off, it is made anew."""
    rig.printer.trouble(Trouble.REPLACED)
    assert rig.queue_mark() == "Bianmin Virtual V0001"
    driver = rig.driver()
    await driver.ensure_queue()
    assert rig.queue_mark() == "Bianmin Virtual V0002"
    assert await driver.print_pdf(PDF, "first") == Printed(3)
    await driver.aclose()
