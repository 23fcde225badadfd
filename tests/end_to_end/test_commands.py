"""The command line of a terminal, on its real configuration and hardware."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from demo.centre import CentreServer
from demo.hardware import Hardware
from demo.process import ChildFailed
from demo.terminal import Terminal
from devices.virtual.printer import Trouble

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


@pytest_asyncio.fixture(loop_scope="session")
async def terminal(centre: CentreServer, tmp_path: Path) -> AsyncIterator[Terminal]:
    """Give a terminal that is configured, not enrolled and not started; ``terminal.hardware`` is its hardware."""
    with Hardware() as hardware:
        yield Terminal(tmp_path / "terminal", hardware, centre.url)


async def findings(terminal: Terminal) -> dict[str, bool]:
    """Return what the doctor finds well, by subject's first word."""
    child = terminal.child("doctor", "--json")
    printed = await child.run(may_fail=True)
    return {finding["subject"].split()[0]: finding["well"] for finding in json.loads(printed)}


async def test_the_doctor_finds_a_whole_terminal_well_and_names_what_is_not(
    terminal: Terminal, centre: CentreServer
) -> None:
    """Every device, store, line and enrolment is looked at; exit status 1 and a name for each fault."""
    assert (await findings(terminal))["enrolment"] is False
    await terminal.enrol(await centre.new_terminal("镇便民服务点"))
    assert all((await findings(terminal)).values())

    terminal.hardware.printer.trouble(Trouble.JAM)
    terminal.hardware.sam.unplug()
    found = await findings(terminal)
    assert found["printer"] is False
    assert found["card_reader"] is False
    assert found["camera"] is True


async def test_an_enrolment_code_serves_once(terminal: Terminal, centre: CentreServer) -> None:
    """A code that another terminal used is refused with its number; nothing is enrolled."""
    code = await centre.new_terminal("西岗区便民服务点")
    await terminal.enrol(code)
    with Hardware() as hardware:
        second = Terminal(terminal.root.parent / "second", hardware, centre.url)
        with pytest.raises(ChildFailed, match="6007"):
            await second.enrol(code)
        with pytest.raises(ChildFailed, match="1004"):
            await second.command("roll-key")


async def test_a_wrong_configuration_says_what_to_write(terminal: Terminal) -> None:
    """The key that is wrong is named, with what was expected and an example."""
    text = terminal.config.read_text(encoding="utf-8")
    terminal.config.write_text(text.replace('kind = "sam"', 'kind = "sim"'))
    with pytest.raises(ChildFailed, match=r"card_readers.*kind.*sam"):
        await terminal.command("sync")
