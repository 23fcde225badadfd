"""The supervisor: waits for a citizen, plays the flows they choose, and ends every session clean. It knows no flow."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from devices.card_reader.api import CardReadError
from kiosk.attention import Attention, Delays
from kiosk.cards import Card
from kiosk.guard import Flow, Then, guarded, log_bug
from kiosk.reading_aloud import ReadingAloud, offer_voice
from kiosk.reminder import remind
from kiosk.stage import (
    Attract,
    Gesture,
    Home,
    IdleAnswer,
    IdleWarning,
    StaffAsked,
    Tile,
    WentBack,
)
from kiosk.visit import Equipment, Visit
from wire.identity import mask_name
from wire.problems import Problem

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on the home menu: how it looks, and what it does."""

    tile: Tile
    flow: Flow


Menu = Mapping[str, Entry]
"""Entries by their tile's key, in the order of the tiles."""


async def serve(at: Equipment, menu: Menu, delays: Delays | None = None, staff: Flow | None = None) -> None:
    """Serve one citizen after another, for ever. Ends only by cancellation, or by an error of the stage itself.

    ``staff``: what is played for a technician who asks for it while nobody is served; None: nobody can ask.
    """
    recovering = asyncio.create_task(at.desk.recover())  # asks the printer: the screen does not wait for it
    recovering.add_done_callback(_note_recovery)
    offering = asyncio.create_task(offer_voice(at))
    left: frozenset[Card] = frozenset()
    try:
        while True:
            left = await serve_one(at, menu, delays or Delays(), left, staff)
    finally:
        for task in (recovering, offering):
            task.cancel()
        await asyncio.gather(recovering, offering, return_exceptions=True)


async def serve_one(
    at: Equipment,
    menu: Menu,
    delays: Delays,
    left: frozenset[Card] = frozenset(),
    staff: Flow | None = None,
) -> frozenset[Card]:
    """Wait for a citizen and serve them. ``left``: cards forgotten by earlier ones; returned anew."""
    visit = Visit(at, Attention(), not_theirs=left)
    asked = await _attract(visit, delays, staff_entry=staff is not None)
    with at.engaged():
        return await _play(visit, menu, delays, staff if asked else None)


async def _play(visit: Visit, menu: Menu, delays: Delays, staff: Flow | None) -> frozenset[Card]:
    """Serve who is there: a citizen the menu, or a technician their flow."""
    at = visit.at
    visit.attention.sign()
    session = _Session(visit, menu)
    playing = session.play() if staff is None else session.play_alone("technician", staff)
    tasks = [
        asyncio.create_task(playing),
        asyncio.create_task(session.follow_gestures()),
        asyncio.create_task(_until_nobody_is_there(visit, delays)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        visit.identity = None
        language = at.stage.language
        at.stage.reset()
        at.wipe()
        await at.speech.stop()
    for task in done:
        task.result()
    return await remind(visit, language, delays)


class _Session:
    """The menu and the flow that is under way."""

    def __init__(self, visit: Visit, menu: Menu) -> None:
        self._visit = visit
        self._menu = menu
        self._flow: asyncio.Task[Then] | None = None
        self._home_pressed = asyncio.Event()
        self._reading = ReadingAloud(visit)

    async def play(self) -> None:
        """Show the menu and play what is chosen, until the citizen leaves."""
        while (key := await self._choose()) is not None:
            if await self.play_alone(key, self._menu[key].flow) is Then.END:
                return

    async def play_alone(self, key: str, flow: Flow) -> Then:
        """Play one flow to its end, or until Home ends it."""
        self._flow = playing = asyncio.create_task(guarded(self._visit, key, flow))
        try:
            await asyncio.wait((playing,))
        finally:
            self._flow = None
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
        return Then.HOME if playing.cancelled() else playing.result()

    async def follow_gestures(self) -> None:
        """Every touch is a sign of life; Home ends a flow, or at the menu the session."""
        while True:
            gesture = await self._visit.at.stage.next_gesture()
            if self._visit.attention.asked and gesture is not Gesture.HOME:
                continue  # a touch of the warning: its buttons answer for it
            self._visit.attention.sign()
            if gesture is Gesture.READ_ALOUD:
                self._reading.start_or_stop()
            if gesture is Gesture.HOME and not self._visit.committed:
                if self._flow is None:
                    self._home_pressed.set()
                else:
                    self._flow.cancel()

    async def _choose(self) -> str | None:
        """Return the key of a tile; None when the citizen leaves. A card put down meanwhile is read and greeted."""
        visit = self._visit
        tiles = tuple(entry.tile for entry in self._menu.values())
        self._home_pressed.clear()
        while True:
            name = None if visit.identity is None else mask_name(visit.identity.name)
            view = Home(tiles=tiles, citizen_masked=name, can_go_back=False)
            try:
                answer = await visit.show_until(view, self._greet_or_leave())
            except WentBack:
                return None
            if answer is None or isinstance(answer, str):
                return answer

    async def _greet_or_leave(self) -> bool | None:
        """Return True when a card was read, None when the citizen leaves."""
        greeting = asyncio.create_task(self._greet())
        leaving = asyncio.create_task(self._home_pressed.wait())
        try:
            await asyncio.wait((greeting, leaving), return_when=asyncio.FIRST_COMPLETED)
            return None if leaving.done() else greeting.result()
        finally:
            greeting.cancel()
            leaving.cancel()
            await asyncio.gather(greeting, leaving, return_exceptions=True)

    async def _greet(self) -> bool:
        """Read the next card; one that cannot be read is left to the flow, which says why."""
        visit = self._visit
        while True:
            card = await visit.at.cards.next(visit.not_theirs | visit.tried)
            visit.tried |= {card}
            visit.identity = None  # another card may be another person's, also when it cannot be read
            with suppress(CardReadError), visit.attention.working():
                visit.identity = await visit.at.cards.read(card)
                return True


def _note_recovery(recovering: asyncio.Task[None]) -> None:
    if not recovering.cancelled() and (error := recovering.exception()) is not None:
        log_bug("recovery", error)


async def _attract(visit: Visit, delays: Delays, *, staff_entry: bool) -> bool:
    """Wait for a touch or a new card; while the terminal is closed, neither begins a session.

    Return whether a technician asks for their screen, which a closed terminal shows too.
    """
    at = visit.at
    while True:
        closed = at.closed()
        view = Attract(centre_name=at.centre_name, closed=closed, staff_entry=staff_entry, can_go_back=False)
        if closed is None:
            event: Awaitable[object] = _either(at.cards.next(visit.not_theirs), _closed(at, closed, delays))
        else:
            event = _closed(at, closed, delays)
        with suppress(WentBack):
            if await visit.show_until(view, event) is StaffAsked.STAFF_ASKED:
                return True
        if closed is None and at.closed() is None:
            return False


async def _closed(at: Equipment, since: Problem | None, delays: Delays) -> None:
    """Return when the reason why the terminal is closed has changed."""
    while at.closed() == since:  # noqa: ASYNC110 - the sync process writes it: another process, so it is polled
        await asyncio.sleep(delays.closed_check_s)


async def _either(*events: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(event) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until_nobody_is_there(visit: Visit, delays: Delays) -> None:
    """Return when the citizen has left: idle, warned, and no answer."""
    while True:
        await visit.attention.quiet(delays)
        if not await _anybody_there(visit, delays):
            log.info("session ended: nobody there")
            return
        visit.attention.sign()


async def _anybody_there(visit: Visit, delays: Delays) -> bool:
    """Count down over the screen. A card or work of the terminal takes the warning away like an answer."""
    sign = asyncio.create_task(visit.attention.next_sign())
    visit.attention.asked = True
    try:
        for seconds in range(delays.warning_s, 0, -1):
            asking = asyncio.create_task(visit.at.stage.warn(IdleWarning(seconds_left=seconds, can_go_back=False)))
            try:
                await asyncio.wait((asking, sign), timeout=1, return_when=asyncio.FIRST_COMPLETED)
                if asking.done():
                    return asking.result() is IdleAnswer.STAY
                if sign.done():
                    return True
            finally:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
        return False
    finally:
        visit.attention.asked = False
        sign.cancel()
        await asyncio.gather(sign, return_exceptions=True)
