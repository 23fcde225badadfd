"""Paper that is out or stuck, before a certificate is asked for and while it is printed."""

import pytest

from devices.printer.ipp_tags import JobState
from devices.virtual.people import ZHANG
from devices.virtual.printer import Trouble, VirtualPrinter
from kiosk.store import CopyState
from tests.end_to_end.town import PAGE_S, Town

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def strike(printer: VirtualPrinter, what: str) -> None:
    """Let something happen to the paper."""
    if what == "printer.out_of_paper":
        printer.refill(0)
    else:
        printer.trouble(Trouble.JAM)


@pytest.mark.parametrize("what", ["printer.out_of_paper", "printer.jammed"])
async def test_it_is_said_before_anything_is_asked(town: Town, what: str) -> None:
    """A printer that cannot print is named before item, card or answers; once it is seen to, the visit goes on."""
    strike(town.hardware.printer, what)
    await town.touch_in("print")
    seen = await town.glass.see("ProblemShown")
    assert seen.facts == {"problem": what}
    town.hardware.mend_printer()
    await town.glass.tap("main")
    await town.glass.see("ItemList")


@pytest.mark.parametrize("what", ["printer.out_of_paper", "printer.jammed"])
async def test_while_printing_it_is_named_and_the_copy_comes_out_once(town: Town, what: str) -> None:
    """The waiting screen names it; seen to, the same job ends: one copy in the tray, in the ledger, at the centre."""
    printer = town.hardware.printer
    await town.ask_for_certificate(ZHANG)
    town.hold_printing()
    await town.glass.tap("main")
    await town.printing()
    strike(printer, what)
    seen = await town.glass.see_problem(what)
    assert seen.view == "Waiting"
    printer.page_s = PAGE_S
    town.hardware.mend_printer()
    seen = await town.glass.see("Delivered")
    assert town.printed() == 1
    (job,) = {job.name: job for job in printer.jobs.values() if job.name == printer.received[-1].job_name}.values()
    assert job.state is JobState.COMPLETED
    (copy,) = town.ledger(seen.facts["reference"])
    assert copy.state is CopyState.DELIVERED
    await town.soon(lambda: town.copies_at_centre(copy.serial) == ["delivered"], "the centre hears of the copy")
    await town.soon(lambda: town.queued() == 0, "nothing is left to send")


@pytest.mark.fault("printing in doubt", code="printer.doubtful")
async def test_in_doubt_the_citizen_is_asked_and_the_counts_agree_with_the_paper(town: Town) -> None:
    """The printer loses power in mid-job: asked, the citizen says "not complete" and gets one reprint, marked as such.

    Ledger, the centre's copies and the tray say the same: one void, one delivered, one document.
    """
    await town.ask_for_certificate(ZHANG)
    town.hold_printing()
    await town.glass.tap("main")
    await town.printing()
    await town.cut_printers_power()
    seen = await town.glass.see("PaperCheck")
    serial = seen.facts["reference"]
    await town.soon(lambda: town.copies_at_centre(serial) == ["doubtful"], "the centre hears of the doubt")
    await town.glass.tap("other")
    await town.glass.see_problem("printer.found_incomplete")
    await town.glass.tap("main")
    await town.glass.see("Delivered")
    assert town.printed() == 1
    assert [(copy.state, copy.reprint) for copy in town.ledger(serial)] == [
        (CopyState.VOID, False),
        (CopyState.DELIVERED, True),
    ]
    await town.soon(lambda: town.copies_at_centre(serial) == ["void", "delivered"], "the centre counts as the paper")
    ((reprints,),) = town.rows(
        "SELECT count(*) FROM certificates_printrecord r JOIN certificates_certificate c ON c.id = r.certificate_id"
        " WHERE c.serial = %s AND r.reprint AND r.settled_by = ''",
        serial,
    )
    assert reprints == 1
    await town.soon(lambda: town.queued() == 0, "nothing is left to send")


async def test_paper_that_runs_out_between_check_and_printing_costs_no_certificate(town: Town) -> None:
    """Nothing was printed: it is said so, and the next try prints the same certificate, as its one delivered copy."""
    await town.ask_for_certificate(ZHANG)
    before = town.certificates()
    town.hardware.printer.refill(0)
    await town.glass.tap("main")
    seen = await town.glass.see("ProblemShown")
    assert seen.facts == {"problem": "printer.out_of_paper"}
    town.hardware.mend_printer()
    await town.glass.tap("main")
    seen = await town.glass.see("Delivered")
    assert town.printed() == 1
    assert town.certificates() == before + 1
    serial = seen.facts["reference"]
    assert [copy.state for copy in town.ledger(serial)] == [CopyState.VOID, CopyState.DELIVERED]
    await town.soon(lambda: town.copies_at_centre(serial) == ["void", "delivered"], "the centre hears of both")
