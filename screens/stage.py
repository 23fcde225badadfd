"""Shows views one at a time, and gives each one's answer to the flow that showed it. Same thread, same loop."""

import asyncio
import math
from collections.abc import Callable
from typing import Any, TypeVar

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.widget import Widget

from kiosk.stage import Attract, Gesture, IdleAnswer, IdleWarning, View, WentBack
from screens.frame import Frame
from screens.help import HelpOverlay
from screens.idle import IdleOverlay
from screens.look import Look
from screens.overlay import Overlay
from screens.screen import Screen
from screens.views import screen_of
from wire.text import Language

A = TypeVar("A")
SETTLE_S = 0.25  # after a changed screen was drawn, in which a second tap of the same finger is not a new answer
LINGER_S = 0.2  # how long an answered screen may stay on the glass, so that the next one follows without a blink


class ScreenBroken(Exception):
    """The toolkit failed while a view was shown."""

    code = "terminal.unexpected"


class Glass(Widget):
    """The root widget: reports every touch, and is deaf for a moment after a change."""

    __events__ = ("on_touched",)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.deaf_until = 0.0

    def on_touched(self) -> None:
        """Event: every touch, a deaf one too, for somebody is there."""

    def on_touch_down(self, touch: Any) -> bool:
        """Report the touch, and hand it down unless deaf. The overlay on top takes all that it is shown over."""
        self.dispatch("on_touched")
        if Clock.get_boottime() < self.deaf_until:
            return True
        if self.children and isinstance(self.children[0], Overlay):
            self.children[0].on_touch_down(touch)
            return True
        return bool(super().on_touch_down(touch))

    def settle(self) -> None:
        """Be deaf from now on until a moment after the next picture was drawn, however long that takes."""
        self.deaf_until = math.inf
        Clock.schedule_once(lambda _: Clock.schedule_once(self._listen_soon, 0), 0)

    def _listen_soon(self, *_: object) -> None:
        self.deaf_until = Clock.get_boottime() + SETTLE_S


class KivyStage:
    """:class:`kiosk.stage.Stage` on Kivy. Everything happens in the event loop's thread.

    ``on_wake``: something is about to change on the glass. ``on_reset``: a session has ended.
    """

    def __init__(self, glass: Glass, look: Look, on_wake: Callable[[], None], on_reset: Callable[[], object]) -> None:
        self.glass = glass
        self.frame = Frame()
        self._look = look
        self._on_wake = on_wake
        self._on_reset = on_reset
        self._overlay = IdleOverlay()
        self._help = HelpOverlay()
        self._screen: Screen | None = None
        self._answer: asyncio.Future[Any] | None = None
        self._idle_answer: asyncio.Future[IdleAnswer] | None = None
        self._waiting: list[asyncio.Future[Gesture]] = []
        self._missed: Gesture | None = None
        self._drop_soon = Clock.create_trigger(self._drop, LINGER_S)
        self._take_overlay_soon = Clock.create_trigger(self._take_overlay, 0.05)
        glass.add_widget(self.frame)
        glass.bind(size=lambda _, size: setattr(self.frame, "size", size))
        self.frame.size = glass.size
        glass.bind(on_touched=lambda _: self._gesture(Gesture.TOUCHED))
        self.frame.bind(
            on_back=lambda _: self._go_back(),
            on_home=lambda _: self._gesture(Gesture.HOME),
            on_help=lambda _: self._offer_help(),
            on_read_aloud=lambda _: self._gesture(Gesture.READ_ALOUD),
        )
        self._help.bind(on_main=lambda _: self._take_help())
        self._overlay.bind(on_answer=lambda _, answer: self._answer_warning(answer))

    @property
    def language(self) -> Language:
        """The language that the citizen chose."""
        return Language(self._look.language)

    def use_language(self, language: Language) -> None:
        """Show everything in another language."""
        self._look.language = language

    @property
    def shown(self) -> View[Any] | None:
        """The view on the glass, None while nothing is."""
        return None if self._screen is None else self._screen.view

    @property
    def awaiting(self) -> bool:
        """Whether a flow waits for an answer, and the glass takes one: for tests and the demo."""
        return self._answer is not None and Clock.get_boottime() >= self.glass.deaf_until

    @property
    def warning(self) -> bool:
        """Whether the idle warning lies over the view."""
        return self._overlay.parent is not None

    @property
    def overlaid(self) -> bool:
        """Whether the idle warning or the help lies over the view."""
        return self.warning or self._help.parent is not None

    async def show(self, view: View[A]) -> A:
        """Show a view and return its answer. Raises WentBack, and ScreenBroken when Kivy failed meanwhile."""
        if self._answer is not None:
            raise RuntimeError("another view is being shown: cancel it first")
        self._put(view)
        self._answer = asyncio.get_running_loop().create_future()
        try:
            return await self._answer  # type: ignore[no-any-return] # the screen of a View[A] answers with A
        finally:
            self._answer = None
            if self._screen is not None:
                self._screen.forget()
            self._drop_soon()

    def _put(self, view: View[Any]) -> None:
        self._drop_soon.cancel()
        self._on_wake()
        if isinstance(view, Attract):
            self.frame.band.centre = view.centre_name
        kind = screen_of(type(view))
        if type(self._screen) is kind and self._screen is not None:
            self._screen.view = view
            self._screen.show_again()
            return
        self.glass.settle()
        self._screen = kind(view=view)
        self._screen.bind(on_answer=self._take_answer)
        self.frame.put(self._screen)
        self._screen.show_again()

    def _take_answer(self, screen: Screen, answer: object) -> None:
        if screen is self._screen and self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)
            self.glass.settle()

    def _go_back(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(WentBack())
            self.glass.settle()

    def _drop(self, *_: object) -> None:
        """Take an answered screen away when no other one came."""
        if self._screen is not None:
            self._screen.forget()
        self._screen = None
        self.frame.put(None)

    async def warn(self, view: IdleWarning) -> IdleAnswer:
        """Lay the idle warning over what is shown, and return its answer; cancel it to take it away."""
        self._take_overlay_soon.cancel()
        self._on_wake()
        self._overlay.warn(view)
        if self._overlay.parent is None:
            self._take_help()
            self._lay_over(self._overlay)
        self._idle_answer = answer = asyncio.get_running_loop().create_future()
        try:
            return await answer  # type: ignore[no-any-return] # mypy takes the attribute for Any
        finally:
            if self._idle_answer is answer:
                self._idle_answer = None
                self._take_overlay_soon()

    def _answer_warning(self, answer: IdleAnswer) -> None:
        if self._idle_answer is not None and not self._idle_answer.done():
            self._idle_answer.set_result(answer)
            self.glass.settle()

    def _lay_over(self, overlay: Overlay) -> None:
        self.glass.settle()
        overlay.size = self.glass.size
        self.glass.add_widget(overlay)

    def _offer_help(self) -> None:
        self._gesture(Gesture.HELP)
        if not self.overlaid:
            self._lay_over(self._help)

    def _take_help(self) -> None:
        if self._help.parent is not None:
            self.glass.settle()
            self.glass.remove_widget(self._help)

    def _take_overlay(self, *_: object) -> None:
        self._overlay.stop()
        self.glass.remove_widget(self._overlay)

    def show_countdown(self, seconds_left: int | None) -> None:
        """Show in the footer how long the session lasts when nobody touches anything; None shows nothing."""
        self.frame.footer.seconds_left = seconds_left

    def _gesture(self, gesture: Gesture) -> None:
        self._on_wake()
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(gesture)
        if not waiting and self._missed in {None, Gesture.TOUCHED}:
            self._missed = gesture

    async def next_gesture(self) -> Gesture:
        """Wait for the next touch, or Home or Help. One that came since the last call is not lost."""
        if self._missed is not None:
            missed, self._missed = self._missed, None
            return missed
        future: asyncio.Future[Gesture] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            return await future
        finally:
            if future in self._waiting:
                self._waiting.remove(future)

    async def drawn(self) -> None:
        """Return when a picture that was begun after this call is on the glass: the watchdog's proof."""
        drawn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def flipped(*_: object) -> None:  # called just before the picture is put on the glass, in the same turn
            if not drawn.done():
                drawn.set_result(None)

        Window.bind(on_flip=flipped)
        try:
            self.glass.canvas.ask_update()
            await drawn
        finally:
            Window.unbind(on_flip=flipped)

    def words(self) -> str:
        """Return what is written on the screen, as a person reads it: from above, without band, tools and footer."""
        return self.frame.words()

    def offer_voice(self, *, on: bool) -> None:
        """Offer to read aloud, or don't."""
        self._on_wake()
        self.frame.voice = on

    def fail(self) -> bool:
        """Tell the flow that the toolkit failed; False when no flow is waiting for an answer."""
        if self._answer is None or self._answer.done():
            return False
        self._answer.set_exception(ScreenBroken())
        return True

    def reset(self) -> None:
        """End a session: the look as at first, and no text of the last citizen in any widget."""
        self._drop_soon.cancel()
        self._take_overlay_soon.cancel()
        self._take_overlay()
        self._take_help()
        self._drop()
        self._missed = None
        self.frame.footer.seconds_left = None
        self._look.reset()
        self._on_reset()
