"""The application is killed, as by a power cut, in the middle of what must not be left half done."""

import pytest

from devices.virtual.people import LIU, ZHANG
from kiosk.store import CopyState
from tests.end_to_end.town import Town

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def killed_while_printing(town: Town) -> str:
    """Kill the application at the waiting screen, the job being at the printer; return the job's name."""
    await town.ask_for_certificate(ZHANG)
    town.hold_printing()
    await town.glass.tap("main")
    await town.printing()
    assert (await town.glass.look()).view == "Waiting"
    await town.kill(town.stand.terminal.app)
    town.hardware.take_cards()
    return town.hardware.printer.received[-1].job_name


async def test_killed_while_printing_the_copy_is_settled_by_asking_the_printer(town: Town) -> None:
    """The printer goes on alone; the new process asks it: delivered, one paper, and the centre counts one."""
    job_name = await killed_while_printing(town)
    assert town.copy(job_name).state in {CopyState.SPOOLED, CopyState.PRINTING}
    await town.go_on_printing()
    await town.stand.terminal.restart_app()
    await town.soon(lambda: town.copy(job_name).state is CopyState.DELIVERED, "the copy is settled")
    serial = town.copy(job_name).serial
    await town.soon(lambda: town.copies_at_centre(serial) == ["delivered"], "the centre hears of the copy")
    assert town.printed() == 1
    assert len(town.hardware.printer.received) == 1
    assert await town.left_of(ZHANG) == []


async def test_killed_and_the_printer_lost_power_the_copy_is_doubtful(town: Town) -> None:
    """Nobody can say what came out: the copy is called doubtful on both sides, and never printed again."""
    job_name = await killed_while_printing(town)
    await town.cut_printers_power()
    await town.stand.terminal.restart_app()
    await town.soon(lambda: town.copy(job_name).state is CopyState.DOUBTFUL, "the copy is settled")
    serial = town.copy(job_name).serial
    await town.soon(lambda: town.copies_at_centre(serial) == ["doubtful"], "the centre hears of the doubt")
    await town.glass.see("Attract")
    assert [received.job_name for received in town.hardware.printer.received] == [job_name]
    assert town.hardware.printer.tray == []
    assert await town.left_of(ZHANG) == []


async def test_killed_right_after_submitting_the_application_arrives_once(town: Town) -> None:
    """From the moment the screen says that it is kept, neither the end of both processes nor a dead line lose it."""
    terminal = town.stand.terminal
    before = town.cases_of_terminal()
    await town.stand.line.cut()
    await town.fill_in_application(LIU)
    await town.glass.tap("main")
    await town.glass.see("Waiting", awaiting=False)
    await town.kill(terminal.app)
    await town.kill(terminal.sync)
    town.hardware.take_cards()
    assert town.queued() == 1
    assert await town.left_of(LIU) == []
    await town.stand.line.mend()
    await terminal.start()
    await town.soon(lambda: town.queued() == 0, "the application is sent")
    assert len(town.cases_of_terminal()) == len(before) + 1
    await town.glass.see("Attract", timeout_s=60)
