"""The card readers of one terminal, seen together."""

from kiosk.cards import Card, Cards
from tests.fakes.devices import FakeReader
from tests.fakes.loop import run
from tests.fakes.town import ZHANG_RESIDENT


def test_readers_of_one_name() -> None:
    """Two readers that call themselves the same stay two, each with its own card."""

    async def main() -> None:
        one, two = FakeReader("reader"), FakeReader("reader")
        cards = Cards(one, two)
        two.insert(ZHANG_RESIDENT)
        assert cards.lying() == {Card("reader (2)", 1)}
        assert await cards.read(Card("reader (2)", 1)) == ZHANG_RESIDENT
        assert (one.reads, two.reads) == (0, 1)
        one.lose()
        assert not cards.missing

    run(main())
