"""What a flow can rely on while it shows and waits: nothing goes on behind its back, and no answer is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from kiosk.attention import Attention, Delays
from kiosk.cards import Card, Cards
from kiosk.stage import Home, Waiting, WentBack
from kiosk.visit import Visit
from tests.fakes.devices import FakeReader
from tests.fakes.loop import run
from tests.fakes.stage import BACK, NOTHING, PlayedStage, Row, like
from tests.fakes.terminal import FakeTerminal
from tests.fakes.town import ZHANG_RESIDENT
from wire.text import Text

HOME = Home(tiles=())
WAIT = Waiting(message=Text(zh="一", en="one"), can_go_back=False)


def play(folder: Path, rows: list[Row], script: Callable[[Visit, PlayedStage], Awaitable[None]]) -> PlayedStage:
    """Run a flow on a stage of its own."""

    async def main() -> PlayedStage:
        terminal, stage = FakeTerminal(folder), PlayedStage(rows)
        try:
            await script(Visit(terminal.equipment(stage), Attention()), stage)
        finally:
            terminal.store.close()
        return stage

    return run(main())


class Event:
    """Something that happens after some time, and knows whether it was given up."""

    def __init__(self, after_s: float, error: Exception | None = None) -> None:
        self.after_s, self.error, self.given_up = after_s, error, False

    async def __call__(self) -> str:
        try:
            await asyncio.sleep(self.after_s)
        except asyncio.CancelledError:
            self.given_up = True
            raise
        if self.error is not None:
            raise self.error
        return "happened"


def test_answer_first(tmp_path: Path) -> None:
    """When the citizen answers first, the event is given up before the flow goes on."""
    event = Event(60)

    async def flow(visit: Visit, stage: PlayedStage) -> None:
        assert await visit.show_until(HOME, event()) == "tile"
        assert event.given_up

    play(tmp_path, [(Home, "tile")], flow)


def test_event_first(tmp_path: Path) -> None:
    """When the event comes first, the view is gone before the flow goes on: the next may be shown."""

    async def flow(visit: Visit, stage: PlayedStage) -> None:
        assert await visit.show_until(HOME, Event(1)()) == "happened"
        assert await visit.show(HOME) == "tile"

    play(tmp_path, [(Home, NOTHING), (Home, "tile")], flow)


def test_back_and_errors_come_through(tmp_path: Path) -> None:
    """Back reaches the flow as WentBack, an event's error as itself."""

    async def flow(visit: Visit, stage: PlayedStage) -> None:
        with pytest.raises(WentBack):
            await visit.show_until(HOME, Event(60)())
        with pytest.raises(KeyError):
            await visit.show_until(HOME, Event(1, KeyError("x"))())

    play(tmp_path, [(Home, BACK), (Home, NOTHING)], flow)


def test_ended_visit_ends_both(tmp_path: Path) -> None:
    """A flow that is cancelled while it shows and waits leaves neither behind."""
    event = Event(60)

    async def flow(visit: Visit, stage: PlayedStage) -> None:
        task = asyncio.create_task(visit.show_until(HOME, event()))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert event.given_up
        assert await visit.show(HOME) == "tile"

    play(tmp_path, [(Home, NOTHING), (Home, "tile")], flow)


def test_waiting_shows_what_the_work_says(tmp_path: Path) -> None:
    """The work's result is the result; what it says meanwhile is shown; then the next view may come."""

    async def flow(visit: Visit, stage: PlayedStage) -> None:
        async def work(show: Callable[[Waiting], None]) -> int:
            assert visit.committed
            await asyncio.sleep(1)
            show(Waiting(message=Text(zh="二", en="two")))
            await asyncio.sleep(1)
            return 7

        assert await visit.while_waiting(WAIT, work) == 7
        assert not visit.committed
        assert await visit.show(HOME) == "tile"

    rows: list[Row] = [(like(Waiting, message="one"), NOTHING), (like(Waiting, message="two"), NOTHING), (Home, "tile")]
    play(tmp_path, rows, flow)


def test_work_that_fails_is_no_longer_shown(tmp_path: Path) -> None:
    """An error of the work reaches the flow with the screen free again."""

    async def flow(visit: Visit, stage: PlayedStage) -> None:
        with pytest.raises(KeyError):
            await visit.while_waiting(WAIT, lambda _: Event(1, KeyError("x"))())
        assert not visit.committed
        assert await visit.show(HOME) == "tile"

    play(tmp_path, [(Home, "tile")], flow)


def test_quiet_begins_after_work() -> None:
    """Time in which the terminal works is not the citizen's silence, also where works overlap."""

    async def main() -> None:
        loop, attention = asyncio.get_running_loop(), Attention()
        quiet = asyncio.create_task(attention.quiet(Delays()))
        await asyncio.sleep(30)
        with attention.working():
            await asyncio.sleep(100)
            with attention.working():
                await asyncio.sleep(100)
        await asyncio.sleep(10)
        attention.sign()
        await quiet
        assert loop.time() == pytest.approx(30 + 200 + 10 + 60)

    run(main())


def test_cards_of_all_readers_are_seen_together() -> None:
    """A card on any reader counts, and each is read by its own reader."""

    async def main() -> None:
        one, two = FakeReader("one"), FakeReader("two")
        cards = Cards(one, two)
        asyncio.get_running_loop().call_later(5, two.insert, ZHANG_RESIDENT)
        card = await cards.next(())
        assert card == Card("two", 1)
        assert await cards.read(card) == ZHANG_RESIDENT
        assert (one.reads, two.reads) == (0, 1)
        one.insert(ZHANG_RESIDENT)
        assert cards.lying() == {card, Card("one", 1)}
        one.remove()
        two.remove()
        assert cards.lying() == frozenset()
        one.lose()
        assert not cards.missing
        two.lose()
        assert cards.missing

    run(main())


def test_no_reader_never_changes() -> None:
    """A terminal without readers waits for ever, and does not spin."""

    async def main() -> None:
        cards = Cards()
        assert cards.missing
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await cards.next(())

    run(main())
