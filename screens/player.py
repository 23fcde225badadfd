"""Plays a citizen in the same process: finds buttons by name, touches the glass for real, reads it, photographs it.

For tests, the gallery and the demo only; the product never imports it. Touches enter where a touch screen's do,
in an input provider, and last as long as a finger's.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.input.motionevent import MotionEvent
from kivy.input.provider import MotionEventProvider
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.stage import View
from screens.pictures import grab
from screens.png import png
from screens.stage import KivyStage

TAP_S = 0.05


class NotOnScreen(Exception):
    """What was to be touched or awaited is not there; the message says what is."""


class _Finger(MotionEvent):
    """A finger on the glass."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("is_touch", True)
        kwargs.setdefault("type_id", "touch")
        super().__init__(*args, **kwargs)

    def depack(self, args: tuple[float, float]) -> None:
        """Take the position, as parts of the window from 0 to 1."""
        self.sx, self.sy = args
        self.profile = ["pos"]
        super().depack(args)


class Fingers(MotionEventProvider):
    """An input provider whose touches come from the program."""

    def __init__(self) -> None:
        super().__init__("fingers", "")
        self._events: deque[tuple[str, _Finger]] = deque()
        self._count = 0

    def down(self, x: float, y: float) -> _Finger:
        """Put a finger down at px from the left and bottom."""
        self._count += 1
        finger = _Finger(self.device, self._count, (x / Window.width, y / Window.height))
        self._events.append(("begin", finger))
        return finger

    def up(self, finger: _Finger) -> None:
        """Take a finger away."""
        self._events.append(("end", finger))

    def update(self, dispatch_fn: Callable[[str, _Finger], None]) -> None:
        """Hand the touches to Kivy, which asks once a frame."""
        while self._events:
            kind, finger = self._events.popleft()
            if kind == "end":
                finger.update_time_end()
            dispatch_fn(kind, finger)


def visible(root: Widget) -> Iterator[Widget]:
    """Walk over what is drawn of a widget's tree: not what is transparent or outside the window."""
    if root.opacity == 0:
        return
    yield root
    for child in root.children:
        inside = child.right > 0 and child.x < Window.width and child.top > 0 and child.y < Window.height
        if inside or not child.width or not child.height:
            yield from visible(child)


class Player:
    """A citizen at the glass. ``name`` is always a widget's stable ``name``."""

    def __init__(self, stage: KivyStage) -> None:
        self.stage = stage
        self.fingers = Fingers()
        EventLoop.add_input_provider(self.fingers)

    def close(self) -> None:
        """Take the input provider away again."""
        EventLoop.remove_input_provider(self.fingers)

    def names(self) -> list[str]:
        """Return the names of everything that can be touched now."""
        return [w.name for w in self._on_top() if getattr(w, "name", "") and getattr(w, "awake", True)]

    def places(self) -> dict[str, tuple[float, float]]:
        """Return where the middle of everything is that can be touched now, px from the left and top."""
        touchable = set(self.names())
        named = [(str(getattr(widget, "name", "")), widget) for widget in self._on_top()]
        return {name: (w.center_x, Window.height - w.center_y) for name, w in reversed(named) if name in touchable}

    def texts(self) -> list[str]:
        """Return every text that can be read now, its lines joined."""
        return [w.raw if hasattr(w, "raw") else w.text for w in self._on_top() if isinstance(w, Label) and w.text]

    def find(self, name: str) -> Widget:
        """Return the widget with a name. Raises NotOnScreen."""
        for widget in self._on_top():
            if getattr(widget, "name", "") == name:
                return widget
        raise NotOnScreen(f"no {name}; there are {', '.join(self.names())}")

    def _on_top(self) -> list[Widget]:
        glass = self.stage.glass
        return list(visible(glass.children[0] if self.stage.overlaid else glass))

    async def tap(self, name: str, held_s: float = TAP_S, timeout_s: float = 5.0) -> None:
        """Touch the middle of a widget as soon as it can be touched. Raises NotOnScreen."""
        await self.until(lambda: name in self.names() and self._steady(), timeout_s, f"to touch {name}")
        widget = self.find(name)
        await self.tap_at(widget.center_x, widget.center_y, held_s)

    def _steady(self) -> bool:
        return bool(Clock.get_boottime() >= self.stage.glass.deaf_until)

    async def tap_at(self, x: float, y: float, held_s: float = TAP_S) -> None:
        """Touch a point, px from the left and bottom."""
        finger = self.fingers.down(x, y)
        await asyncio.sleep(held_s)
        self.fingers.up(finger)
        await self.frames(2)

    async def tap_wildly(self, points: list[tuple[float, float]], held_s: float = TAP_S) -> None:
        """Touch one point after another without looking: px from the left and bottom."""
        for x, y in points:
            finger = self.fingers.down(x, y)
            await asyncio.sleep(held_s)
            self.fingers.up(finger)
        await self.frames(2)

    async def enter(self, text: str) -> None:
        """Touch the keys that write a text."""
        for char in text:
            await self.tap(f"key:{char}")

    async def frames(self, count: int) -> None:
        """Wait until Kivy has gone round so many times."""
        for _ in range(count):
            gone_round = asyncio.Event()
            Clock.schedule_once(lambda _, event=gone_round: event.set(), 0)
            await gone_round.wait()

    async def until(self, true: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Wait until something holds. Raises NotOnScreen."""
        try:
            async with asyncio.timeout(timeout_s):
                while not true():
                    await self.frames(1)
        except TimeoutError:
            raise NotOnScreen(f"{what}: {type(self.stage.shown).__name__}, {', '.join(self.names())}") from None

    async def see(self, kind: type[View[Any]], timeout_s: float = 10.0) -> View[Any]:
        """Wait until a view of a class is shown and takes answers; return it. Raises NotOnScreen."""
        await self.until(
            lambda: isinstance(self.stage.shown, kind) and self.stage.awaiting, timeout_s, f"to see {kind.__name__}"
        )
        await self.frames(2)
        view = self.stage.shown
        if not isinstance(view, kind):
            raise NotOnScreen(f"{kind.__name__} went away")
        return view

    def photograph(self, path: Path, *, half: bool = False) -> None:
        """Write what the glass shows as PNG."""
        path.write_bytes(png(grab(half=half)))
