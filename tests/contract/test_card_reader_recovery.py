"""The recovery ladder on a real pcscd: a silent card, a hung or dead pcscd, a reader that dropped off its bus."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from devices.card_reader import emrtd, social_security
from devices.card_reader.api import CardPresent, CardSilent, NoCard, ReaderFault, ReaderMissing
from devices.card_reader.pcsc_reader import PcscReader
from devices.card_reader.recovery import Pace, Rung
from devices.card_reader.remedies import Remedies, RestartService
from devices.virtual.card_slot import Silent
from devices.virtual.card_social_security import SocialSecurityCard
from devices.virtual.pcscd import VirtualPcscd
from devices.virtual.people import LIU, ZHANG
from kiosk import config as configuration
from kiosk import wiring_devices
from kiosk.config import Recovery
from tests.contract.card_stacks import HANG_S, MID_READ, is_about, until


@pytest.fixture
def restart_command(virtual_pcscd: VirtualPcscd, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """Give the command that restarts pcscd, in place of systemctl: it asks this process, and waits until it is done."""
    asked, done = tmp_path / "asked", tmp_path / "done"
    for fifo in (asked, done):
        os.mkfifo(fifo)

    def restart() -> None:
        while asked.read_text() == "restart\n":
            virtual_pcscd.restart(kill=True)  # as systemd ends by killing a service that does not stop
            done.write_text("done\n")

    systemd = threading.Thread(target=restart, daemon=True)
    systemd.start()
    yield ("/bin/sh", "-c", f"echo restart > {asked}; cat {done}")
    asked.write_text("enough\n")
    systemd.join(timeout=10)


@asynccontextmanager
async def opened(pcscd: VirtualPcscd, remedies: Remedies, patience_s: float = 0.3) -> AsyncIterator[PcscReader]:
    """Open the driver on the first slot, in a hurry, and leave pcscd running."""
    reader = PcscReader(
        [social_security.read],
        name_part=pcscd.reader_names[0],
        deadline_s=0.5,
        remedies=remedies,
        pace=Pace(patience_s=patience_s, calm_s=600),
    )
    try:
        yield reader
    finally:
        await reader.aclose()
        pcscd.start()


def rungs(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the rungs that were logged, in their order."""
    return [
        record.getMessage().rpartition(": ")[2]
        for record in caplog.records
        if record.name == "devices.card_reader.recovery"
    ]


async def until_status(reader: PcscReader, wanted: ReaderFault) -> None:
    """Wait until the reader says exactly this."""
    async with asyncio.timeout(HANG_S):
        while (status := reader.status) != wanted:
            await reader.changed(status)


@pytest.mark.fault("card reader does not answer", code="card.silent")
async def test_a_silent_card_ends_with_pcscd(
    virtual_pcscd: VirtualPcscd, restart_command: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """A card that blocks reader and pcscd costs a restart of pcscd; nothing hangs on, and the next card reads well."""
    caplog.set_level(logging.WARNING)
    before = virtual_pcscd.pid
    async with opened(virtual_pcscd, Remedies(restart_service=RestartService(restart_command))) as reader:
        await until(reader, NoCard)
        virtual_pcscd.slots[0].insert(SocialSecurityCard(ZHANG), Silent(MID_READ))
        await until(reader, CardPresent)
        with pytest.raises(CardSilent):
            await reader.read()
        await until(reader, NoCard)
        assert virtual_pcscd.pid != before
        virtual_pcscd.slots[0].insert(SocialSecurityCard(LIU))
        await until(reader, CardPresent)
        assert is_about(await reader.read(), LIU)
    assert rungs(caplog)[:3] == ["reconnect", "new_context", "restart_service"]


@pytest.mark.fault("card reader does not answer", code="card.silent")
async def test_out_of_service_until_the_card_is_taken(
    virtual_pcscd: VirtualPcscd, caplog: pytest.LogCaptureFixture
) -> None:
    """With nothing left to try, the reader is out of service, says so once, and works when the card is taken out."""
    caplog.set_level(logging.WARNING)
    async with opened(virtual_pcscd, Remedies()) as reader:
        await until(reader, NoCard)
        virtual_pcscd.slots[0].insert(SocialSecurityCard(ZHANG), Silent(MID_READ))
        await until(reader, CardPresent)
        with pytest.raises(CardSilent):
            await reader.read()
        await until_status(reader, ReaderFault("out of service: a card does not answer"))
        await asyncio.sleep(0.6)  # some looks at a reader that stays as it is
        virtual_pcscd.slots[0].insert(SocialSecurityCard(LIU))
        await until(reader, CardPresent)
        assert is_about(await reader.read(), LIU)
    assert rungs(caplog) == ["reconnect", "new_context", "out_of_service"]


@pytest.mark.fault("pcscd hangs")
async def test_a_hung_pcscd(
    virtual_pcscd: VirtualPcscd, restart_command: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """A pcscd that runs and does not answer is found out, reported, and restarted."""
    caplog.set_level(logging.WARNING)
    remedies = Remedies(restart_service=RestartService(restart_command))
    async with opened(virtual_pcscd, remedies, patience_s=1.0) as reader:  # time to see what it says meanwhile
        await until(reader, NoCard)
        pid = virtual_pcscd.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        await until_status(reader, ReaderFault("pcscd does not answer"))
        await until(reader, NoCard)
        virtual_pcscd.slots[0].insert(SocialSecurityCard(ZHANG))
        await until(reader, CardPresent)
        assert is_about(await reader.read(), ZHANG)
    assert rungs(caplog)[:2] == ["new_context", "restart_service"]


@pytest.mark.fault("pcscd hangs")
async def test_a_pcscd_that_died(
    virtual_pcscd: VirtualPcscd, restart_command: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """A pcscd that nobody started again is started by the command."""
    caplog.set_level(logging.WARNING)
    async with opened(virtual_pcscd, Remedies(restart_service=RestartService(restart_command))) as reader:
        await until(reader, NoCard)
        virtual_pcscd.stop(kill=True)
        await until(reader, ReaderMissing)
        await until(reader, NoCard)
    assert rungs(caplog)[:2] == ["new_context", "restart_service"]


@pytest.mark.fault("card reader unplugged")
async def test_a_reader_that_dropped_off_its_bus(virtual_pcscd: VirtualPcscd, caplog: pytest.LogCaptureFixture) -> None:
    """A reader that pcscd has lost gets its port cycled; pcscd, which is well, is not restarted for it."""
    caplog.set_level(logging.WARNING)
    restarted: list[str] = []
    remedies = Remedies(
        restart_service=lambda: restarted.append("pcscd"),
        power_cycle=virtual_pcscd.restart,  # what plugging in a reader is here: pcscd with it
    )
    virtual_pcscd.restart(with_reader=False)
    async with opened(virtual_pcscd, remedies) as reader:
        await until(reader, NoCard)
    assert rungs(caplog)[:2] == ["reconnect", "power_cycle"]
    assert restarted == []


@pytest.mark.parametrize(
    ("recovery", "rungs_of_acr39u", "rungs_of_any_other"),
    [
        (Recovery(), set(), set()),
        (Recovery(cycle_usb_power=True), {Rung.POWER_CYCLE}, set()),
        (Recovery(restart_pcscd=("true",)), {Rung.RESTART_SERVICE}, {Rung.RESTART_SERVICE}),
    ],
    ids=["nothing", "power", "restart"],
)
async def test_the_configuration_decides(
    virtual_pcscd: VirtualPcscd, recovery: Recovery, rungs_of_acr39u: set[Rung], rungs_of_any_other: set[Rung]
) -> None:
    """A terminal's readers may do from outside what its configuration allows, and what is possible with their model."""
    restart = RestartService(recovery.restart_pcscd) if recovery.restart_pcscd else None
    for name, expected in (("ACS ACR39U", rungs_of_acr39u), ("Some reader", rungs_of_any_other)):
        reader = wiring_devices._reader(
            configuration.PcscReader(kind="pcsc", name=name), recovery, restart, partial(emrtd.profile, lambda: None)
        )
        assert isinstance(reader, PcscReader)
        await reader.aclose()
        assert reader._supervisor._remedies.rungs == expected
