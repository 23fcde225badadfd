"""What proves that the application works: pictures drawn, a store that answers, readers that are looked after."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from devices.card_reader.api import CardReader
from kiosk.stage import Stage
from kiosk.store import Store, StoreError
from kiosk.watchdog import Part, ServiceManager, Sign, Watchdog
from wire.clock import Clock

FRAME_HOLDS_S = 15.0  # proof comes every five; a view that is being made may hold up frames for a moment
STORE_HOLDS_S = 60.0  # another process may hold the file while it replaces a damaged one
READERS_HOLD_S = 90.0  # restarting pcscd may take 30 s
_BETWEEN_VIEWS_S = 0.05


def watchdog_of(
    manager: ServiceManager, clock: Clock, stage: Stage, store: Store, readers: Sequence[CardReader]
) -> Watchdog:
    """Return the application's watchdog. It is ready when the first view, the attract screen, has been drawn."""

    async def answered() -> None:
        with suppress(StoreError):  # an answer too, which starting anew would not better
            await asyncio.to_thread(store.outbox.queue)

    def looked_after() -> Sign:
        return Sign(min((reader.looked_at for reader in readers), default=clock.monotonic()), READERS_HOLD_S)

    asked = {"screen": _screen(stage, clock), "store": Part(answered, STORE_HOLDS_S, clock)}
    return Watchdog(manager, clock, asked, {"card readers": looked_after})


def screens_watchdog(manager: ServiceManager, clock: Clock, stage: Stage) -> Watchdog:
    """Return the watchdog of the first start, when there is nothing to prove yet but that the screens are drawn."""
    return Watchdog(manager, clock, {"screen": _screen(stage, clock)})


async def shown_and_drawn(stage: Stage) -> None:
    """Return when a view is on the glass, and has been drawn since."""
    while stage.shown is None:  # noqa: ASYNC110 - a moment between two views
        await asyncio.sleep(_BETWEEN_VIEWS_S)
    await stage.drawn()


def _screen(stage: Stage, clock: Clock) -> Part:
    return Part(partial(shown_and_drawn, stage), FRAME_HOLDS_S, clock)
