"""A printer that takes its time."""

import asyncio
from dataclasses import replace

import pytest

from devices.printer.api import JobProgress, PrintDoubtful, Printed
from devices.virtual.printer import Counting
from tests.fixtures_printing import PDF, QUICK, PrinterRig

pytestmark = pytest.mark.usefixtures("clean_spool")


@pytest.mark.fault("slow printer")
async def test_slow_pages_are_waited_for(rig: PrinterRig) -> None:
    """Patience starts anew with every page: a job may take longer than a standstill may."""
    driver = rig.driver(replace(QUICK, stuck_s=2.5))
    rig.printer.page_s = 1.0
    reports: list[JobProgress] = []
    assert await driver.print_pdf(PDF, "slow", reports.append) == Printed(3)
    assert [report.impressions for report in reports if report.impressions][:2] == [1, 2]
    await driver.aclose()


@pytest.mark.fault("slow printer", code="printer.stuck")
async def test_standstill_without_a_reason(rig: PrinterRig) -> None:
    """A printer that says it prints, and does not, is given up: doubt."""
    driver = rig.driver(replace(QUICK, stuck_s=0.4))
    rig.printer.counting = Counting.AT_END
    rig.printer.page_s = 60
    job = asyncio.create_task(driver.print_pdf(PDF, "still"))
    assert await job == PrintDoubtful("printer.stuck", 0)
    await driver.aclose()
