"""The line to the centre is down: before a visit, during it, and while an answer is on its way."""

import pytest

from devices.virtual.people import LIU, ZHANG
from kiosk.store import CopyState
from tests.end_to_end.town import Town
from tests.pdf_checks import assert_certificate

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_a_certificate_is_declined_before_anything_is_asked(town: Town) -> None:
    """Without a line the first thing said is that no certificate can be made now; with the line back, a retry goes."""
    await town.stand.line.cut()
    await town.touch_in("print")
    seen = await town.glass.see("ProblemShown")
    assert seen.facts == {"problem": "centre.certificate_needs_line"}
    await town.stand.line.mend()
    await town.glass.tap("main")
    await town.glass.see("ItemList")


async def test_an_application_is_kept_and_sent_later_by_itself(town: Town) -> None:
    """Without a line the slip is printed all the same; when the line is mended, the centre gets the case, once."""
    before = town.cases_of_terminal()
    await town.stand.line.cut()
    await town.fill_in_application(LIU)
    await town.glass.tap("main")
    seen = await town.glass.see("Delivered")
    assert "线路恢复后会自动送出" in "".join(seen.texts)
    assert town.printed() == 1
    number = seen.facts["reference"].replace(" ", "")
    await town.leave()
    assert town.queued() == 1
    assert town.cases(number) == []
    assert await town.left_of(LIU) == []

    await town.stand.line.mend()
    await town.soon(lambda: town.queued() == 0, "the application is sent")
    assert town.cases(number) == ["accepted"]
    assert town.cases_of_terminal() == [*before, number]


async def test_an_answer_that_is_lost_leads_to_one_certificate(town: Town) -> None:
    """The centre makes a certificate whose answer is lost: no paper, an honest problem; tried again, it is that one."""
    await town.ask_for_certificate(ZHANG)
    before = town.certificates()
    town.stand.line.lose_answers()
    await town.glass.tap("main")
    await town.glass.see("Waiting", awaiting=False)
    await town.soon(lambda: town.certificates() == before + 1, "the centre makes the certificate")
    await town.stand.line.cut()
    seen = await town.glass.see("ProblemShown")
    assert seen.facts == {"problem": "centre.unreachable"}
    assert town.printed() == 0

    await town.stand.line.mend()
    await town.glass.tap("main")
    seen = await town.glass.see("Delivered")
    assert town.printed() == 1
    (received,) = town.hardware.printer.received
    statement = assert_certificate(received.pdf, ca=town.authority(), holder=ZHANG.name, issuer_keys=town.issuer_keys())
    assert town.certificates() == before + 1
    assert [copy.state for copy in town.ledger(statement.serial)] == [CopyState.DELIVERED]
    await town.soon(lambda: town.copies_at_centre(statement.serial) == ["delivered"], "the centre hears of the copy")
