"""The Kivy application: one window, locked down, in the same loop as the flows. Imported after ``prepare`` only."""

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from kivy.app import App
from kivy.base import EventLoop, ExceptionHandler, ExceptionManager
from kivy.clock import Clock
from kivy.core.window import Window

from screens import fonts, typesetting
from screens.look import Look

log = logging.getLogger(__name__)

IDLE_FPS = 20.0  # how often an idle terminal looks for a touch
BUSY_FPS = 60.0
BUSY_S = 2.0
_DRAWN_S = 2.0
_FULL_ROUND_AFTER = 1000  # rounds of the middle generation; Python's own figure is 10
_FAILURES_TO_GIVE_UP = 20  # in a row, none of them a second after the last: the watchdog starts us anew


def _nothing() -> None:
    """Do nothing."""


class _Failures(ExceptionHandler):
    """Keeps the glass alive when a callback raises: logs where (never what), and tells the flow."""

    def __init__(self, app: "BianminApp") -> None:
        self._app = app
        self._last = 0.0
        self._count = 0

    def handle_exception(self, inst: BaseException) -> int:
        if not isinstance(inst, Exception):
            return int(ExceptionManager.RAISE)
        trace = inst.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
        now = Clock.get_boottime()
        self._count = self._count + 1 if now - self._last < 1 else 1
        self._last = now
        log.error("screen failed: %s at %s", type(inst).__name__, where)
        if self._app.strict or self._count >= _FAILURES_TO_GIVE_UP:
            return int(ExceptionManager.RAISE)
        self._app.stage.fail()
        return int(ExceptionManager.PASS)


class BianminApp(App):
    """The application. ``look`` is what kv rules bind to; ``strict`` lets failures of callbacks through (tests).

    At a session's end, and when nothing was touched for a moment, the garbage collector runs (not when strict: tests
    reset often): dropped widgets, with the texts in them, would wait for it otherwise.
    """

    def __init__(self, now: Callable[[], datetime], *, strict: bool = False) -> None:
        typesetting.register(fonts.find_faces())
        super().__init__()
        self.look = Look()
        self.spare_keys: list[Any] = []  # of keyboards that were dropped
        self.strict = strict
        self.started = asyncio.Event()
        self._now = now
        self._failures = _Failures(self)
        self._collect: Callable[[], object] = _nothing if strict else gc.collect
        # these modules load kv rules, which need the running app's look
        from screens import views  # noqa: PLC0415
        from screens.stage import Glass, KivyStage  # noqa: PLC0415

        self._make_ready: Callable[[], object] = _nothing if strict else views.make_ready

        self._glass = Glass()
        self.stage = KivyStage(self._glass, self.look, self.wake, on_reset=self._collect)

    def load_kv(self, *_: object, **__: object) -> bool:
        """Load no kv file by the app's name."""
        return False

    def build(self) -> Any:
        """Return the root widget."""
        return self._glass

    def on_start(self) -> None:
        """Lock the window down, and begin to keep the time."""
        ExceptionManager.add_handler(self._failures)
        Window.bind(on_request_close=lambda *_: True)
        self.look.bind(colours=self._paint_ground)
        self.stage.frame.bind(ground=self._paint_ground)
        self._paint_ground()
        Window.show_cursor = False
        self._rest = Clock.create_trigger(self._come_to_rest, BUSY_S)
        self._ticking = Clock.schedule_interval(self._tell_time, 5)
        self._tell_time()
        self._sleep()
        self.started.set()

    def on_stop(self) -> None:
        """Leave nothing behind for another app in the same process."""
        self._ticking.cancel()
        ExceptionManager.remove_handler(self._failures)

    def open_settings(self, *_: object) -> bool:
        """Have no settings panel."""
        return True

    def _paint_ground(self, *_: object) -> None:
        Window.clearcolor = self.look.colours[self.stage.frame.ground]

    def _tell_time(self, *_: object) -> None:
        self.stage.frame.band.tell(self._now())

    def wake(self) -> None:
        """Draw at full rate for a moment."""
        if self.started.is_set():
            Clock._max_fps = BUSY_FPS  # noqa: SLF001 - Kivy reads it before each frame, and has no setter
            self._rest.cancel()
            self._rest()

    def _come_to_rest(self, *_: object) -> None:
        self._sleep()
        self._make_ready()
        self._make_ready = _nothing
        self._collect()

    def _sleep(self, *_: object) -> None:
        Clock._max_fps = IDLE_FPS  # noqa: SLF001 - as above


def _collect_at_rest_only() -> None:
    """Keep the garbage collector's long rounds out of views, which they made 150 ms longer now and then.

    What is there now stays for ever, and is left out of all rounds; the app collects when it rests. The little garbage
    that imports made stays too: to look for it takes longer than to draw the first screen.
    """
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _FULL_ROUND_AFTER)
    gc.enable()


async def _drawn(glass: asyncio.Task[None]) -> None:
    """Let what is scheduled run: kv rules reach the app through Kivy, which forgets it at once when it stops."""
    drawn = asyncio.Event()
    Clock.schedule_once(lambda _: Clock.schedule_once(lambda _: drawn.set(), 0), 0)
    waiting = asyncio.create_task(drawn.wait())
    await asyncio.wait({waiting, glass}, return_when=asyncio.FIRST_COMPLETED, timeout=_DRAWN_S)
    waiting.cancel()


async def run(main: Callable[[Any], Awaitable[None]], now: Callable[[], datetime]) -> None:
    """Open the window, and run ``main`` with its stage in the same loop, until either ends.

    SIGTERM and SIGINT end it; ``main`` is cancelled first, so that its clean-up runs. Raises what ``main`` raised.
    """
    app = BianminApp(now)
    loop = asyncio.get_running_loop()
    glass = asyncio.create_task(app.async_run(async_lib="asyncio"), name="glass")
    flows: asyncio.Task[None] | None = None
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    stopped = asyncio.create_task(stopping.wait())
    started = asyncio.create_task(app.started.wait())
    try:
        await asyncio.wait({glass, started, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if app.started.is_set():
            _collect_at_rest_only()
            flows = asyncio.ensure_future(main(app.stage))
            await asyncio.wait({glass, flows, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        for task in (flows, stopped, started):
            if task is not None and not task.done():
                task.cancel()
        if flows is not None:
            await asyncio.wait({flows})
        if not glass.done():
            app.stage.reset()
            await _drawn(glass)
            app.stop()
            for event in Clock.get_events():
                event.cancel()  # what was still to be laid out would ask an app that Kivy has forgotten
        await asyncio.wait({glass})
        EventLoop.close()
    if flows is not None and not flows.cancelled():
        flows.result()
    glass.result()
