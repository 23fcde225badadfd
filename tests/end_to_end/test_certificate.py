"""A citizen with a social security card gets a signed certificate on paper, and nothing of them stays."""

import urllib.parse
import urllib.request

import pytest

from demo.paper import foot_of, photograph_page
from devices.printer.pages import count_pages
from devices.virtual.people import ZHANG
from kiosk.store import CopyState
from tests.end_to_end.town import Town
from tests.pdf_checks import assert_certificate, codes_on

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_a_card_becomes_a_signed_certificate_on_paper(town: Town) -> None:
    """Card, touches, centre on PostgreSQL, Typst, signature, CUPS, printer: one genuine copy, and nothing stays."""
    await town.ask_for_certificate(ZHANG)
    await town.glass.tap("main")
    await town.glass.see("Delivered")

    (received,) = town.hardware.printer.received
    statement = assert_certificate(received.pdf, ca=town.authority(), holder=ZHANG.name, issuer_keys=town.issuer_keys())
    assert len(town.hardware.printer.tray) == count_pages(received.pdf)
    assert ZHANG.id_number not in received.job_name

    (copy,) = town.ledger(statement.serial)
    assert copy.state is CopyState.DELIVERED
    await town.soon(lambda: town.copies_at_centre(statement.serial) == ["delivered"], "the centre hears of the copy")
    await town.soon(lambda: town.queued() == 0, "nothing is left to send")
    assert len(town.rows("SELECT 1 FROM certificates_certificate WHERE serial = %s", statement.serial)) == 1

    (code,) = set(codes_on(received.pdf))
    assert "有效" in public_page(f"{town.stand.centre.url}/v", code)

    town.hardware.take_cards()
    await town.glass.tap("main")
    await town.glass.see("Home")
    await town.glass.tap("home")
    await town.glass.see("Attract")
    assert await town.left_of(ZHANG) == []
    assert ZHANG.name not in "".join((await town.glass.look()).texts)


async def test_the_printed_code_is_checked_at_the_terminal_with_the_line_cut(town: Town) -> None:
    """A printed certificate, held under the camera, is called genuine without asking anybody; a forged one is not."""
    await town.ask_for_certificate(ZHANG)
    await town.glass.tap("main")
    await town.glass.see("Delivered")
    page = photograph_page(town.hardware.printer.received[-1].pdf)
    (code,) = set(codes_on(town.hardware.printer.received[-1].pdf))
    await town.glass.tap("main")
    await town.stand.line.cut()

    await town.glass.see("Home")
    await town.glass.tap("tile:check")
    await town.glass.see("ScanCode")
    town.hardware.camera.show_image(foot_of(page))
    seen = await town.glass.see("VerificationResult")
    assert seen.facts["result"] == "GENUINE"
    assert ZHANG.name not in "".join(seen.texts)
    await town.glass.tap("main")

    middle = len(code) - 40
    forged = code[:middle] + ("A" if code[middle] != "A" else "B") + code[middle + 1 :]
    town.hardware.camera.show_code(forged.encode())
    await town.glass.see("Home")
    await town.glass.tap("tile:check")
    seen = await town.glass.see("VerificationResult")
    assert seen.facts["result"] == "FORGED"


def public_page(address: str, code: str) -> str:
    """Return what a public page answers to a code."""
    form = urllib.parse.urlencode({"code": code}).encode()
    with urllib.request.urlopen(address, form, timeout=20) as response:  # noqa: S310 - loopback
        return str(response.read().decode())
