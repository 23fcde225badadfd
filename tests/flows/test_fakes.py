"""The harness and the fakes themselves: a table that is not followed fails, and fakes keep the real ones' contracts."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from devices.card_reader.api import CardRemoved, CardUnsupported
from devices.printer.api import JobProgress, NotPrinted, PrintDoubtful, Printed, PrinterUnavailable
from devices.scanner.api import Hint
from devices.virtual.people import Person
from kiosk.stage import Attract, Chosen, Done, Home, ItemList, WentBack
from tests.contract import test_card_reader as contract
from tests.contract import test_card_reader_garbled as garbled
from tests.contract import test_card_reader_pulled as pulled
from tests.contract import test_card_reader_swapped as swapped
from tests.contract import test_card_reader_unplugged as unplugged
from tests.contract.card_stacks import Stack
from tests.fakes import devices, loop, town
from tests.fakes.devices import FakePrinter, FakeReader, FakeScanner
from tests.fakes.loop import NothingHappens, run
from tests.fakes.stage import BACK, HOME, NOTHING, OffScript, PlayedStage, does, like
from tests.fakes.terminal import FakeTerminal
from wire.identity import DocumentKind
from wire.text import Text


class FakeStack:
    """The fake reader as the contract suite handles a reader."""

    def __init__(self) -> None:
        self.fake = FakeReader()
        self.reader = self.fake

    def insert(self, person: Person) -> None:
        self.fake.insert(town._identity(person, DocumentKind.RESIDENT_CARD).model_copy(update={"photo": person.photo}))

    def insert_unknown(self) -> None:
        self.fake.insert(CardUnsupported("type-B"))

    def remove(self) -> None:
        self.fake.remove()

    def lift_in_next_read(self, instead: Person | None = None) -> None:
        def lift() -> None:
            self.fake.remove()
            if instead is not None:
                asyncio.get_running_loop().call_later(0.01, self.insert, instead)

        self.fake.during_read = lift

    def garble_next_read(self) -> None:
        self.fake.garble_next_read()

    def lose_reader(self) -> None:
        self.fake.lose()

    def bring_reader_back(self) -> None:
        self.fake.bring_back()


@pytest.mark.parametrize(
    "promise",
    [
        contract.test_each_card_is_seen_and_read,
        contract.test_a_card_may_be_read_twice,
        contract.test_no_card,
        pulled.test_pulled_in_mid_read,
        swapped.test_swapped_in_mid_read,
        garbled.test_garbled,
        contract.test_unknown_card,
        unplugged.test_reader_lost_and_back,
    ],
    ids=lambda promise: promise.__name__,
)
def test_fake_reader_keeps_the_contract(promise: Callable[[Stack], Awaitable[None]]) -> None:
    """The fake reader passes the suite that the real drivers pass."""

    async def play() -> None:
        await promise(FakeStack())  # type: ignore[arg-type]  # lacks only what hardware alone can do

    run(play())


def test_fake_printer_keeps_its_word() -> None:
    """Outcomes as of the CUPS driver: what stands in the way is named, what came out is counted."""

    async def play() -> None:
        printer = FakePrinter(pages=3)
        printer.run_out()
        assert await printer.print_pdf(b"", "none") == NotPrinted("printer.out_of_paper")
        printer.refill()
        assert await printer.print_pdf(b"", "whole") == Printed(3)
        reports: list[JobProgress] = []
        printer.run_out_in_next_job(after_page=2)
        assert await printer.print_pdf(b"", "short", reports.append) == PrintDoubtful("printer.out_of_paper", 2)
        assert reports == [JobProgress(2, ("media-empty-error",))]
        assert await printer.outcome_of("whole") == Printed(3)
        assert await printer.outcome_of("never") is None
        printer.silent = True
        with pytest.raises(PrinterUnavailable):
            await printer.outcome_of("whole")
        assert printer.tray == ["whole"]

    run(play())


def test_fake_scanner_gives_each_code_once_a_call() -> None:
    """A code in view is returned at each call; without one, a call waits."""

    async def play() -> None:
        scanner = FakeScanner()
        scanner.hold("one")
        assert (await scanner.next_code()).payload == b"one"
        assert (await scanner.next_code()).payload == b"one"
        passing_over = asyncio.create_task(scanner.next_code(but_not=b"one"))
        assert await scanner.hint_changed(Hint.SEARCHING) is Hint.ALREADY_USED
        scanner.hold("other")
        assert (await passing_over).payload == b"other"
        assert scanner.hint is Hint.SEARCHING
        scanner.take_away()
        asyncio.get_running_loop().call_later(9, scanner.hold, "two")
        assert (await scanner.next_code()).payload == b"two"

    run(play())


@pytest.mark.parametrize(
    "rows",
    [
        [(Home, NOTHING)],
        [(Attract, Done.DONE), (ItemList, NOTHING)],
        [(like(Attract, centre_name="another centre"), NOTHING)],
        [(Attract, NOTHING), (Home, NOTHING)],
        [(Attract, Done.DONE), (Home, "print"), (ItemList, Chosen("no_property")), (Home, NOTHING)],
    ],
)
def test_a_table_that_is_not_followed_fails(terminal: FakeTerminal, rows: list[object]) -> None:
    """Another view, another text on it, or no view at all: each fails the test."""
    with pytest.raises(OffScript):
        terminal.play(rows)  # type: ignore[arg-type]


def test_deeds() -> None:
    """Answers are returned, Back raises, Home gestures, deeds are done while the view stays."""
    name = Text(zh="中心", en="centre")
    done: list[str] = []

    async def play() -> None:
        stage = PlayedStage(
            [(Attract, Done.DONE), (Attract, BACK), (Attract, HOME), (Attract, does(done.append, "deed"))]
        )
        view = Attract(centre_name=name)
        assert await stage.show(view) is Done.DONE
        with pytest.raises(WentBack):
            await stage.show(view)
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await stage.show(view)
        assert done == ["deed"]
        assert stage.ended.is_set()
        assert [await stage.next_gesture() for _ in range(3)]

    run(play())


def test_time_passes_at_once_and_nothing_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour takes no time, and a loop in which nothing can happen any more ends."""
    run(asyncio.sleep(3600))
    monkeypatch.setattr(loop, "THREADS_S", 0.05)
    with pytest.raises(NothingHappens):
        run(asyncio.Event().wait())


def test_pulling_is_an_error_of_its_own() -> None:
    """A read that is under way when the card goes never returns the card."""

    async def play() -> None:
        reader = FakeReader()
        reader.insert(town.ZHANG_RESIDENT)
        asyncio.get_running_loop().call_later(devices.READ_S / 2, reader.remove)
        with pytest.raises(CardRemoved):
            await reader.read()

    run(play())
