"""Lays out what surrounds a screen, for portrait, landscape and low reach. Geometry only."""

from collections.abc import Iterator

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from screens.screen import Screen
from screens.widgets.chrome import Actions, Band, Dash, Footer, Heading, StepBar, Tools
from screens.widgets.kv import discard, load_beside
from screens.widgets.label import Words
from wire.text import Language

load_beside(__file__)

MARGIN = 40.0
_BAND = 112.0
_TOOLS = 116.0
_FOOTER = 136.0
_GAP = 28.0
_LOW = 0.6  # of the height: where everything that is touched lies, with low reach
_SIDE = 0.36  # of the width: title and hint, where the screen is wider than high
_WIDE = 1600.0
_ROW = 48.0  # what differs by less in height is in one row
_FROM_SCREEN = ("progress", "title", "hint", "alert", "emblem", "emblem_tint", "main", "main_icon", "main_awake",
                "other", "other_icon", "bare")  # fmt: skip
_TO_ACTIONS = frozenset({"main", "main_icon", "main_awake", "other", "other_icon"})


def _written(widget: Widget) -> Iterator[Words]:
    """Yield the texts on a widget, but for keys, and what a citizen types: the hall need not hear it."""
    if getattr(widget, "unspoken", False) or not widget.opacity:
        return
    if isinstance(widget, Words) and widget.raw:
        yield widget
    for child in widget.children:
        yield from _written(child)


def _place(widget: Widget) -> tuple[float, float]:
    """Return where a widget comes in reading: row by row."""
    x, top = widget.to_window(widget.x, widget.top)
    return -round(top / _ROW), x


class Frame(Widget):
    """The whole glass: header, tools, steps, heading, one screen, its actions, footer.

    ``landscape`` and ``low`` say which arrangement is shown. ``ground`` is the colour behind it, with which the window
    clears itself: that costs a software renderer nothing, a rectangle 15 ms.
    ``voice``: reading aloud is offered, where there is room for it.
    Fires ``on_back``, ``on_home``, ``on_help``, ``on_read_aloud``.
    """

    screen = ObjectProperty(None, allownone=True)
    landscape = BooleanProperty(False)
    low = BooleanProperty(False)
    ground = StringProperty("page")
    voice = BooleanProperty(False)

    __events__ = ("on_back", "on_home", "on_help", "on_read_aloud")

    def __init__(self, **kwargs: object) -> None:
        self.band, self.tools, self.steps = Band(), Tools(), StepBar()
        self.heading, self.actions, self.footer = Heading(), Actions(), Footer()
        self._step_name = Words(style="small", tint="brand", bold=True)
        super().__init__(**kwargs)
        self._look = App.get_running_app().look
        self._arrange_soon = Clock.create_trigger(self.arrange, -1)
        for name in ("pos", "size", "screen", "voice"):
            self.fbind(name, self._arrange_soon)
        for name in ("sizes", "low_reach", "language"):
            self._look.fbind(name, self._arrange_soon)
        self.actions.bind(
            on_press_main=lambda _: self.screen and self.screen.dispatch("on_press_main"),
            on_press_other=lambda _: self.screen and self.screen.dispatch("on_press_other"),
        )
        self.tools.bind(on_read_aloud=lambda _: self.dispatch("on_read_aloud"))
        self.footer.bind(
            on_back=lambda _: self.dispatch("on_back"),
            on_home=lambda _: self.dispatch("on_home"),
            on_help=lambda _: self.dispatch("on_help"),
        )

    def on_back(self) -> None:
        """Event: Back was touched."""

    def on_home(self) -> None:
        """Event: Home was touched."""

    def on_help(self) -> None:
        """Event: Help was touched."""

    def on_read_aloud(self) -> None:
        """Event: reading aloud was touched."""

    def put(self, screen: Screen | None) -> None:
        """Put a screen in place of the one before, and copy from it from now on what the frame shows of it."""
        if self.screen is not None:
            for name in (*_FROM_SCREEN, "view"):
                self.screen.funbind(name, self._copy)
            discard(self.screen)
        self.screen = screen
        if screen is not None:
            for name in (*_FROM_SCREEN, "view"):
                screen.fbind(name, self._copy)
        self._copy()

    def words(self) -> str:
        """Return what is written in heading, screen and actions, from above, each text once."""
        heading = self.heading
        said = [heading.title, heading.hint_shown, heading.alert]
        for part in (self.screen, self.actions):
            said += [] if part is None else [words.raw for words in sorted(_written(part), key=_place)]
        mark = "。" if self._look.language is Language.ZH else ". "
        return mark.join(dict.fromkeys(text.rstrip("。.") for text in said if text))

    def _copy(self, *_: object) -> None:
        for name in _FROM_SCREEN:
            blank = Screen.__dict__[name].defaultvalue
            value = blank if self.screen is None else getattr(self.screen, name)
            if name not in {"bare", "progress"}:
                setattr(self.actions if name in _TO_ACTIONS else self.heading, name, value)
        if self.screen is None:
            self.heading.title = self._look.word("one_moment")
            self._step_name.raw = ""
        self.ground = "page" if self.screen is None else self.screen.ground
        view = None if self.screen is None else self.screen.view
        self.steps.step = None if view is None else view.step
        self.footer.with_back = view is not None and view.can_go_back
        self.footer.with_way_out = view is None or view.can_leave
        self._arrange_soon()

    def arrange(self, *_: object) -> None:
        """Place everything, now."""
        self.landscape = self.width > self.height
        self.low = bool(self._look.low_reach) and not self.landscape
        self.clear_widgets()
        if self.screen is not None and self.screen.bare:
            self._fill(self.screen, self.x, self.y, self.width, self.height)
            return
        self._fill(self.band, self.x, self.top - _BAND, self.width, _BAND)
        self._fill(self.footer, self.x, self.y, self.width, _FOOTER)
        self.tools.with_reach = not self.landscape
        self.tools.with_voice = self.voice and (not self.landscape or self.width >= _WIDE)
        top, bottom = self.top - _BAND, self.y + _FOOTER
        if self.landscape:
            self._side_by_side(top, bottom)
        else:
            self._stacked(top, bottom)

    def _fill(self, widget: Widget, x: float, y: float, width: float, height: float) -> None:
        widget.size_hint = (None, None)
        widget.pos, widget.size = (x, y), (width, max(height, 0))
        self.add_widget(widget)

    def _stacked(self, top: float, bottom: float) -> None:
        x, width = self.x + MARGIN, self.width - 2 * MARGIN
        self.footer.reserved = 0
        if self.low:
            ceiling = self.y + self.height * _LOW
            self.heading.centred = True
            high = self._steps(x, top - _GAP, width)
            most = high - ceiling - 2 * _GAP
            needed = self.heading.height_for(width, most)
            self._fill(self.heading, x, (high + ceiling) / 2 - needed / 2, width, needed)
            self._fill(self.tools, x, ceiling - _TOOLS, width, _TOOLS)
            self._body(x, bottom, width, ceiling - _TOOLS - _GAP)
            return
        self.heading.centred = bool(self.heading.emblem)
        self._fill(self.tools, x, top - _GAP / 2 - _TOOLS, width, _TOOLS)
        high = self._steps(x, top - _GAP / 2 - _TOOLS - _GAP, width)
        needed = self.heading.height_for(width, (high - bottom) * 0.42)
        self._fill(self.heading, x, high - needed, width, needed)
        self._body(x, bottom, width, high - needed - (_GAP if needed else 0))

    def _side_by_side(self, top: float, bottom: float) -> None:
        side = self.width * _SIDE
        tools = self.width * (0.42 if self.width >= _WIDE else 0.44)
        self.band.size = (self.width - tools, _BAND)
        self._fill(self.tools, self.right - tools + 8, top + 6, tools - MARGIN, _BAND - 12)
        self.heading.centred = False
        high = self._steps(self.x + MARGIN, top - _GAP, side - 1.5 * MARGIN)
        needed = self.heading.height_for(side - 1.5 * MARGIN, high - bottom - _GAP)
        self._fill(self.heading, self.x + MARGIN, high - needed, side - 1.5 * MARGIN, needed)
        x = self.x + side + MARGIN / 2
        self.footer.reserved = self.width * 0.5
        if self.actions.height_for(self.width / 2):
            self._fill(self.actions, self.center_x, self.y + 18, self.width / 2 - MARGIN, _FOOTER - 36)
        if self.screen is not None:
            self._fill(self.screen, x, bottom + _GAP, self.right - MARGIN - x, top - bottom - 2 * _GAP)

    def _body(self, x: float, bottom: float, width: float, top: float) -> None:
        """Place the main action at the bottom, and the screen in what is left above it."""
        height = self.actions.height_for(width)
        if height:
            bottom += _GAP
            self._fill(self.actions, x, bottom, width, height)
            bottom += height
        if self.screen is not None:
            self._fill(self.screen, x, bottom + _GAP, width, top - bottom - _GAP)

    def _steps(self, x: float, top: float, width: float) -> float:
        """Place the step bar, where there is one; return where the next part begins."""
        step = self.steps.step
        if step is None:
            return top
        for dash in self.steps.children:
            if dash is not self._step_name:
                discard(dash)
        self.steps.clear_widgets()
        for dash in self._dashes(x, top, width, len(step.names), step.current):
            self.steps.add_widget(dash)
        name = f"{step.current + 1}/{len(step.names)}  {self._look.say(step.names[step.current])}"
        self._step_name.raw = f"{name}  ·  {self.screen.progress}" if self.screen.progress else name
        self._step_name.width = width
        self._step_name.pos = (x, top - 26 - self._step_name.height)
        self.steps.add_widget(self._step_name)
        height = 26 + self._step_name.height
        self._fill(self.steps, x, top - height, width, height)
        return top - height - 12

    @staticmethod
    def _dashes(x: float, top: float, width: float, count: int, current: int) -> Iterator[Dash]:
        side = (width - 12 * (count - 1)) / count
        for at in range(count):
            tint = "accent" if at == current else "brand" if at < current else "line"
            yield Dash(tint=tint, pos=(x + at * (side + 12), top - 14), size=(side, 14))
