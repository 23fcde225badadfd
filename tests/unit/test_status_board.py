"""The board of devices' states: read once, told on change only, with the time since when."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest

from devices.printer.api import PrinterReady
from kiosk.status_board import StatusBoard
from tests.fakes.devices import FakePrinter, FakeReader
from tests.terminal_parts import CITIZEN, START, StandingClock


class Town:
    def __init__(self, *, settle_s: float = 0.05, lost: bool = False) -> None:
        self.clock = StandingClock()
        self.reader = FakeReader()
        if lost:
            self.reader.lose()
        self.printer = FakePrinter()
        self.board = StatusBoard(
            (("card_reader", self.reader), ("printer", self.printer)), self.clock, settle_s=settle_s
        )


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    async with town.board.watching():
        yield town


async def until_it_says(town: Town, at: int, state: str) -> None:
    async with asyncio.timeout(10):
        while (states := town.board.states)[at].condition.state != state:
            await town.board.changed(states)


async def let_it_sink_in() -> None:
    """Give every task its turns, however slow the machine is."""
    for _ in range(30):
        await asyncio.sleep(0)


async def test_a_state_has_a_beginning_and_a_state_before(town: Town) -> None:
    """What changes is told with the time of the change, and with how it was until then; the others stand."""
    town.clock.pass_(60)
    town.printer.run_out()
    await until_it_says(town, 1, "PrinterStopped")
    reader, printer = town.board.states
    assert (printer.condition.code, printer.since) == ("printer.out_of_paper", town.clock.now())
    assert printer.before is not None
    assert printer.before.state == "PrinterReady"
    assert (reader.since, reader.before) == (START, None)


async def test_the_heartbeat_gets_the_same(town: Town) -> None:
    """The report names every device, its state, the code of what is wrong, and the device's own word."""
    town.printer.run_out()
    await until_it_says(town, 1, "PrinterStopped")
    assert [(told.kind, told.name, told.state, told.detail) for told in town.board.reports()] == [
        ("card_reader", "reader", "NoCard", ""),
        ("printer", "printer", "PrinterStopped", "printer.out_of_paper; media-empty-error"),
    ]


async def test_what_a_driver_tells_beside_its_state() -> None:
    """A driver's own line, such as what a printer is filled with, goes along; nothing of it makes a new state."""

    class Filled(FakePrinter):
        detail = "black toner 12 %!"

    printer = Filled()
    board = StatusBoard((("printer", printer),), StandingClock())
    async with board.watching():
        (state,) = board.states
        assert board.detail_of(state) == "black toner 12 %!"
        printer.detail = "black toner 11 %!"
        assert board.reports()[0].detail == "black toner 11 %!"
        assert board.states == (state,)


async def test_a_driver_that_breaks_its_contract_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """A bug of one driver is logged; the other devices are followed on."""
    town = Town(settle_s=10)

    async def broken(_since: object) -> NoReturn:
        raise RuntimeError("driver")

    town.reader.changed = broken  # type: ignore[method-assign]
    async with town.board.watching():
        town.printer.run_out()
        await until_it_says(town, 1, "PrinterStopped")
    assert [record.getMessage() for record in caplog.records] == ["a device is not followed any more: RuntimeError"]


async def test_the_log_tells_once_of_loss_and_return(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """Cards come and go unmentioned; a fault that changes its kind is still one loss."""
    caplog.set_level(logging.INFO)
    await asyncio.sleep(0.1)  # past the time that devices are given to find themselves
    await let_it_sink_in()
    for step in (
        lambda: town.reader.insert(CITIZEN),
        town.reader.remove,
        town.printer.run_out,
        town.printer.vanish,
        lambda: town.printer.cell.set(PrinterReady(("toner-low-warning",))),
        lambda: town.printer.cell.set(PrinterReady()),
    ):
        step()
        await let_it_sink_in()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["device lost", "device back"]


async def test_what_finds_itself_in_time_was_never_lost(caplog: pytest.LogCaptureFixture) -> None:
    """Right after the start every device is missing, and nobody is told."""
    caplog.set_level(logging.INFO)
    town = Town(settle_s=10, lost=True)
    async with town.board.watching():
        asyncio.get_running_loop().call_later(0.05, town.reader.bring_back)
        states = await town.board.settled()
        await asyncio.sleep(0.05)
    assert [state.condition.well for state in states] == [True, True]
    assert caplog.records == []


async def test_what_stays_away_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    """A device that is missing from the start is told once its time is up."""
    town = Town(lost=True)
    async with town.board.watching():
        states = await town.board.settled()
        await asyncio.sleep(0.1)
    assert [state.condition.code for state in states] == ["reader.lost", None]
    assert [record.getMessage() for record in caplog.records] == [
        "device lost: card_reader reader: ReaderMissing reader.lost"
    ]
