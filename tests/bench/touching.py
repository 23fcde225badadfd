"""A finger with a stopwatch, inside any Kivy program: how long from glass to frame. Import it after Kivy's window."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from kivy.base import EventLoop  # noqa: TID251 - measures Kivy programs from inside
from kivy.core.window import Window  # noqa: TID251
from kivy.graphics.opengl import glFinish  # noqa: TID251
from kivy.input.motionevent import MotionEvent  # noqa: TID251
from kivy.input.provider import MotionEventProvider  # noqa: TID251
from kivy.uix.widget import Widget  # noqa: TID251

HELD_S = 0.06  # Kivy keeps a button pressed for 35 ms at least
_STILL_S = 0.1  # so long without a frame: what was to be drawn has been drawn
_GIVE_UP_S = 5.0


class _Finger(MotionEvent):  # type: ignore[misc] # kivy has no types
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, is_touch=True, type_id="touch", **kwargs)

    def depack(self, args: tuple[float, float]) -> None:
        self.sx, self.sy = args
        self.profile = ["pos"]
        super().depack(args)


class Touching(MotionEventProvider):  # type: ignore[misc] # kivy has no types
    """One finger. Each touch gives two times in ms: ``[frame, cpu]``.

    ``frame``: from the touch's dispatch to the first frame, drawn to its end (glFinish), that shows what was to be
    shown. ``cpu``: what the process spent on it in all its threads, a software renderer's among them; it says more
    than ``frame`` on a machine that others use too.
    """

    def __init__(self) -> None:
        super().__init__("stopwatch", "")
        self.waited = 0.0  # ms, the last touch that was dispatched
        self._events: deque[tuple[str, _Finger, float]] = deque()
        self._finger: _Finger | None = None
        self._dispatched = 0.0
        self._shown: Callable[[], bool] | None = None
        self._first = self._last = self._spent = 0.0
        self._count = 0
        EventLoop.add_input_provider(self)
        Window.bind(on_flip=self._flipped)

    def update(self, dispatch_fn: Callable[[str, _Finger], None]) -> None:
        """Hand the finger to Kivy, which asks once a frame."""
        while self._events:
            kind, finger, put = self._events.popleft()
            if kind == "end":
                finger.update_time_end()
            self._dispatched, self._spent = time.perf_counter(), time.process_time()
            self.waited = (self._dispatched - put) * 1000
            dispatch_fn(kind, finger)

    async def down(self, widget: Widget) -> list[float] | None:
        """Put the finger on the middle of a widget; None where the widget does not show that it is pressed."""
        x, y = widget.to_window(*widget.center)
        self._count += 1
        self._finger = _Finger(self.device, self._count, (x / Window.width, y / Window.height))
        if not hasattr(widget, "state"):
            self._events.append(("begin", self._finger, time.perf_counter()))
            await asyncio.sleep(HELD_S)
            return None
        return await self._time("begin", self._finger, lambda: widget.state == "down", HELD_S)

    async def up(self, shown: Callable[[], bool]) -> list[float]:
        """Lift it; ``shown`` tells whether the effect stands on the glass."""
        if self._finger is None:
            raise ValueError("no finger is down")
        return await self._time("end", self._finger, shown, _STILL_S)

    async def _time(self, kind: str, finger: _Finger, shown: Callable[[], bool], still_s: float) -> list[float]:
        self._dispatched = self._first = self._last = 0.0
        self._shown = shown
        began = time.perf_counter()
        self._events.append((kind, finger, began))
        while not self._first or time.perf_counter() - self._last < still_s:
            if time.perf_counter() - began > _GIVE_UP_S:
                raise TimeoutError(f"{kind}: nothing came of it")
            await asyncio.sleep(0.01)
        self._shown = None
        return [(self._first - self._dispatched) * 1000, self._spent * 1000]

    def _flipped(self, *_: object) -> None:
        if self._shown is None or not self._dispatched or not (self._first or self._shown()):
            return
        glFinish()
        self._last = time.perf_counter()
        if not self._first:
            self._first, self._spent = self._last, time.process_time() - self._spent
