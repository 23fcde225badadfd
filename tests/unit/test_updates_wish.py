"""A stick at the technician's screen: the application wishes, the agent takes the release, the answer comes back."""

import asyncio
from pathlib import Path

import pytest

from kiosk.config import Config, example
from kiosk.private_files import replace
from kiosk.sync.enrolment import Identity
from kiosk.updates.errors import StickRefused
from kiosk.updates.running import STICK_WISHES, ask_for_stick, look
from kiosk.updates.system import Machine
from kiosk.wish import Answer
from tests.releases import OTHER_KEY, release, trust
from tests.terminal_parts import DEVICE_KEY, enrolment
from wire.release import UpdatePhase, UpdateReport

NEXT = "2026.2"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Make an enrolled machine without a line, that would install at any hour."""
    machine = Machine(tmp_path, "boot-1")
    for folder in (machine.releases, machine.verdicts, machine.data, tmp_path / "etc", machine.stick):
        folder.mkdir(parents=True)
    (tmp_path / "etc/os-release").write_text("IMAGE_VERSION=2026.1\n")
    trust(machine.keys)
    identity = Identity(key=DEVICE_KEY.private_bytes_raw(), enrolment=enrolment())
    replace(machine.data / "terminal.json", identity.model_dump_json().encode())
    return machine


@pytest.fixture
def config(machine: Machine, tmp_path: Path) -> Config:
    text = example().replace('"/var/lib/bianmin"', f'"{machine.data}"', 1).replace("#hours = [2, 5]", "hours = [0, 0]")
    (tmp_path / "terminal.toml").write_text(text.replace("https://centre.example", "http://127.0.0.1:9"))
    return Config.load(tmp_path / "terminal.toml")


async def wished(config: Config, machine: Machine) -> tuple[str, UpdateReport]:
    """Wish, and run the agent as the path unit does; return the version that the screen is told, and the report."""

    async def soon(_seconds: float) -> None:
        await asyncio.sleep(0.05)

    asking = asyncio.create_task(ask_for_stick(config, soon))
    await asyncio.sleep(0)
    assert STICK_WISHES.is_there(config.data_dir)
    report = await look(config, machine)
    return await asking, report


async def test_wished_taken_and_told(config: Config, machine: Machine) -> None:
    """The release is taken from the stick's folder, handed over at the next idle moment, and its version told."""
    release(machine.stick / "bianmin-update", NEXT)
    version, report = await wished(config, machine)
    assert (version, report.phase, report.wanted) == (NEXT, UpdatePhase.APPLYING, NEXT)
    assert not STICK_WISHES.is_there(config.data_dir)


@pytest.mark.fault("hostile stick", code="update.forged")
async def test_what_is_wrong_comes_back_as_a_code(config: Config, machine: Machine) -> None:
    """A stick that is refused, or not there, is told by its code; the wish is gone, so that nothing is tried again."""
    release(machine.stick / "bianmin-update", NEXT, key=OTHER_KEY)
    with pytest.raises(StickRefused) as caught:
        await wished(config, machine)
    assert caught.value.code == "update.forged"
    for path in (machine.stick / "bianmin-update").iterdir():
        path.unlink()
    with pytest.raises(StickRefused) as caught:
        await wished(config, machine)
    assert caught.value.code == "update.unreadable"
    assert not STICK_WISHES.is_there(config.data_dir)


async def test_an_agent_that_never_answers(config: Config) -> None:
    """The screen does not wait for ever."""
    waited = 0.0

    async def pretend(seconds: float) -> None:
        nonlocal waited
        waited += seconds

    with pytest.raises(StickRefused) as caught:
        await ask_for_stick(config, pretend)
    assert caught.value.code == "terminal.unexpected"
    assert waited >= 600


def test_odd_files_are_no_wish_and_no_answer(tmp_path: Path) -> None:
    """A damaged wish is taken away; an answer to another wish, or a damaged one, is none."""
    assert STICK_WISHES.take(tmp_path) is None
    (tmp_path / STICK_WISHES.wish).write_text("{")
    taken = STICK_WISHES.take(tmp_path)
    assert taken is not None
    assert taken.id == ""
    assert not STICK_WISHES.is_there(tmp_path)
    other = Answer("other", told={"version": NEXT})
    STICK_WISHES.tell(tmp_path, other)
    assert STICK_WISHES.answer_to(tmp_path, "mine") is None
    assert STICK_WISHES.answer_to(tmp_path, "other") == other
    (tmp_path / STICK_WISHES.answer).write_text("{")
    assert STICK_WISHES.answer_to(tmp_path, "other") is None
