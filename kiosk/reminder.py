"""Card and paper that a citizen left: asked for on the screen and aloud until they are taken, or somebody touches."""

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress

from devices.card_reader.api import CardStatus
from kiosk.attention import Delays
from kiosk.cards import Card
from kiosk.stage import Delivered, WentBack
from kiosk.visit import Equipment, Visit
from wire.text import Language, Text

TAKE_CARD = Text(zh="请取走您的卡", en="Please take your card")
TAKE_PAPER = Text(zh="请取走打印好的文件", en="Please take your printed papers")
_NOTHING_KEPT = Text(zh="您的信息已从这台机器上清除。", en="Your data have been wiped from this machine.")
_PROMPTS = {TAKE_CARD: "take_card", TAKE_PAPER: "take_paper"}
_GROWS = 2  # each silence is so many times as long as the one before: urgent for a minute, no nuisance for a night


async def remind(visit: Visit, language: Language, delays: Delays) -> frozenset[Card]:
    """Ask for what was left behind. Return the cards that still lie there: they are nobody's identity.

    ``language``: the citizen's; everything is said in it first. A card is taken when its reader says so, paper when
    the printer says so, where it can. Another card, and the closing of the terminal, end the asking too.
    """
    at = visit.at
    before = at.cards.lying()
    theirs = before - visit.not_theirs
    closed = at.closed()
    while True:
        statuses = at.cards.statuses
        left = tuple(
            text for text, lies in ((TAKE_CARD, theirs & at.cards.lying()), (TAKE_PAPER, visit.paper_waits)) if lies
        )
        if not left or at.cards.lying() - before or at.closed() != closed:
            return at.cards.lying() & before
        view = Delivered(
            title=left[0],
            message=_NOTHING_KEPT,
            take_card=TAKE_CARD in left,
            take_paper=TAKE_PAPER in left,
            can_go_back=False,
        )
        saying = asyncio.create_task(_say_again_and_again(at, left, language, delays.reminder_pause_s))
        try:
            with suppress(WentBack):
                if await visit.show_until(view, _anything_changes(visit, statuses, delays)) is None:
                    continue
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
        return at.cards.lying() & before  # somebody touched


async def _anything_changes(visit: Visit, statuses: tuple[CardStatus, ...], delays: Delays) -> None:
    """Return when a card came or went since ``statuses``, the paper was taken, or the terminal was closed or opened."""
    at = visit.at

    async def paper_taken() -> None:
        await at.desk.paper_taken(delays.paper_check_s)
        visit.paper_waits = False

    closed = at.closed()

    async def closed_or_opened() -> None:
        while at.closed() == closed:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(delays.closed_check_s)

    await _first((at.cards.changed(statuses), paper_taken(), closed_or_opened()))


async def _say_again_and_again(at: Equipment, texts: Iterable[Text], language: Language, pause_s: float) -> None:
    others = [one for one in Language if one is not language]
    while True:
        for spoken in (language, *others):
            for text in texts:
                await at.speech.say(text.in_language(spoken), spoken, prompt=_PROMPTS[text])
        await asyncio.sleep(pause_s)
        pause_s *= _GROWS


async def _first(events: Iterable[Awaitable[None]]) -> None:
    tasks = [asyncio.ensure_future(event) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
