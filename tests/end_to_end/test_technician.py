"""A technician at a running terminal: the gesture, the PIN, what is shown, and a test page on real paper's way."""

import pytest

from demo.terminal import TECHNICIAN_PIN
from devices.virtual.printer import Trouble
from tests.end_to_end.town import SOON_S, Town

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]
EMBLEM = (70, 110)  # px from the top left
HOLD_S = 5.5


def terminal_log(town: Town) -> str:
    return town.stand.terminal.log.read_text(encoding="utf-8")


async def enter_pin(town: Town, pin: str) -> None:
    await town.glass.enter(pin)
    await town.glass.tap("main")


async def test_what_is_wrong_is_shown_and_a_test_page_comes_out(town: Town) -> None:
    """A wrong PIN opens nothing. A jam is shown, and logged once; mended, a test page comes out; nothing is queued."""
    before, log_before = town.queued(), terminal_log(town)
    await town.glass.see("Attract")
    await town.glass.hold_at(*EMBLEM, HOLD_S)
    await town.glass.see("EnterDigits")
    await enter_pin(town, TECHNICIAN_PIN[:-1] + "0")
    await town.glass.see_problem("terminal.pin_wrong")
    await enter_pin(town, TECHNICIAN_PIN)
    await town.glass.see("Technician")
    town.hardware.printer.trouble(Trouble.JAM)
    await town.glass.read("4004", timeout_s=SOON_S)
    town.hardware.mend_printer()
    await town.glass.read("正常，可以打印", timeout_s=SOON_S)
    while "test:printer:certificates" not in (await town.glass.look()).names:
        await town.glass.tap("page_down")
    await town.glass.tap("test:printer:certificates")
    await town.glass.read("打印了 1 页", timeout_s=SOON_S)
    assert len(town.hardware.printer.tray) == 1
    assert town.queued() == before
    log = terminal_log(town).removeprefix(log_before)
    assert [log.count(f"device {word}: printer certificates") for word in ("lost", "back")] == [1, 1]
    await town.glass.tap("main")
    await town.glass.see("Attract")
