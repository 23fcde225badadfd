"""How :mod:`kiosk.wiring` opens the screen: prepares Kivy's environment before anything imports Kivy."""

import gc
from collections.abc import Awaitable, Callable

from kiosk.stage import Stage
from screens.environment import WindowSettings, prepare


async def run_app(main: Callable[[Stage], Awaitable[None]], window: WindowSettings) -> None:
    """Open the window, run ``main`` with its stage in this loop, and return when it ends or a signal says so.

    Raises :class:`screens.fonts.FontsMissing` before set-up, and whatever ``main`` raises.
    """
    prepare(window)
    gc.freeze()  # Kivy collects as it opens the window, and need not look at what was imported until then
    from screens.app import run  # noqa: PLC0415 - imports Kivy, which reads its environment then

    await run(main, window.now)
