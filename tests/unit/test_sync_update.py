"""A release is looked for at once: the centre's command becomes a file that starts the agent, once for each release."""

from pathlib import Path
from uuid import UUID

import pytest

from kiosk.config import Config, example
from kiosk.store import Store
from kiosk.sync import enrolment, update_request
from kiosk.sync.client import CentreClient
from kiosk.sync.errors import NotEnrolled
from kiosk.sync.process import Synchroniser
from kiosk.updates.running import look
from kiosk.updates.system import Machine
from tests.pretend_centre import URL, PretendCentre
from tests.releases import trust
from tests.terminal_parts import DEVICE_KEY, TERMINAL, StandingClock
from wire.messages import Command, CommandKind


async def test_the_command_starts_the_agent_once(tmp_path: Path) -> None:
    """Told with every heartbeat, it is done once; another release is another command."""
    clock = StandingClock()
    centre = PretendCentre(clock)
    wanted = tmp_path / update_request.WANTED
    with Store.open(tmp_path / "terminal.sqlite3", clock, TERMINAL) as store:
        async with CentreClient(URL, clock, terminal=TERMINAL, transport=centre.transport()) as client:
            process = Synchroniser(store, client, clock, program_version="1", data_dir=tmp_path)

            async def heartbeat() -> bool:
                clock.pass_(61)
                await process.tick()
                found = wanted.exists()
                update_request.take(tmp_path)
                return found

            assert not await heartbeat()
            for number, expected in ((1, [True, False, False]), (2, [True, False])):
                centre.commands = [Command(id=UUID(int=number), kind=CommandKind.UPDATE)]
                assert [await heartbeat() for _ in expected] == expected
    assert "Bianmin-Protocol" in centre.requests[-1].headers
    assert centre.requests[-1].headers["Bianmin-Protocol"] == "1-2"


async def test_the_agent_takes_it_away_before_it_looks(tmp_path: Path) -> None:
    """What is asked while it looks makes it look again; what was asked does not start it for ever, whatever fails."""
    machine = Machine(tmp_path, "boot-1")
    for folder in (machine.releases, machine.verdicts, machine.data, tmp_path / "etc"):
        folder.mkdir(parents=True)
    (tmp_path / "etc/os-release").write_text("IMAGE_VERSION=2026.1\n")
    trust(machine.keys)
    enrolment._keep(machine.data, enrolment.Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=TERMINAL.enrolment))
    text = example().replace('"/var/lib/bianmin"', f'"{machine.data}"', 1)
    (tmp_path / "terminal.toml").write_text(text.replace("https://centre.example", "http://127.0.0.1:9"))
    update_request.ask(machine.data)
    report = await look(Config.load(tmp_path / "terminal.toml"), machine)
    assert report.running == "2026.1"
    assert not (machine.data / update_request.WANTED).exists()
    update_request.ask(machine.data)
    (machine.data / "terminal.json").unlink()
    with pytest.raises(NotEnrolled):
        await look(Config.load(tmp_path / "terminal.toml"), machine)
    assert not (machine.data / update_request.WANTED).exists()
