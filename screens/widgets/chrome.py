"""The parts of the frame around a screen: the band on top, the tools, the step bar, the heading, the footer."""

from datetime import datetime

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from screens.typesetting import breaks_words, text_height
from screens.widgets.button import PushButton
from screens.widgets.kv import load_beside

load_beside(__file__)

LEAST_ACTION = 132.0
_NARROW = 520.0
_TITLES = ("title", "strong", "body")


class Band(Widget):
    """The coloured band on top: the centre's name, and the time."""

    centre = ObjectProperty(None, allownone=True)
    clock = StringProperty("")

    def tell(self, now: datetime) -> None:
        """Show the time."""
        self.clock = f"{now:%H:%M}"


class Tools(Widget):
    """Buttons: language, text size, contrast, low reach (not where the screen is low anyway), reading aloud."""

    with_reach = BooleanProperty(True)
    with_voice = BooleanProperty(False)
    gap = NumericProperty(12)
    side = NumericProperty(100)

    __events__ = ("on_read_aloud",)

    def on_read_aloud(self) -> None:
        """Event: reading aloud was touched."""


class StepBar(Widget):
    """Where in a task the citizen is: one dash for each step, and the name of the current one."""

    step = ObjectProperty(None, allownone=True)


class Dash(Widget):
    """One step of the bar; ``state`` is done, current or to come."""

    tint = StringProperty("line")


class Heading(Widget):
    """Title, hint, and what went wrong, one below the other. ``tint`` and ``soft`` are its colours."""

    title = StringProperty("")
    hint = StringProperty("")
    alert = StringProperty("")
    hint_shown = StringProperty("")
    title_style = StringProperty("title")
    alert_style = StringProperty("body")
    alert_inset = NumericProperty(104)
    emblem = StringProperty("")
    emblem_tint = StringProperty("brand")
    centred = BooleanProperty(False)

    def height_for(self, width: float, most: float) -> float:
        """Choose the largest title with which all fits ``most`` px, drop the hint if need be; return the height."""
        height = 0.0
        sizes = App.get_running_app().look.sizes
        self.alert_inset = 104 if width > _NARROW else 28
        for self.hint_shown, self.alert_style, style in [  # noqa: B020 - the properties that are tried
            (shown, alert, style)
            for shown, alert in ((self.hint, "body"), ("", "body"), ("", "small"))
            for style in _TITLES
        ]:
            self.title_style = style
            height = self._height(width, style)
            if height <= most and not breaks_words(self.title, sizes[style], width, bold=True):
                break
        return height

    def _height(self, width: float, style: str) -> float:
        sizes = App.get_running_app().look.sizes
        height: float = text_height(self.title, sizes[style], width, bold=True)
        if self.hint_shown:
            height += 8 + text_height(self.hint_shown, sizes["body"], width)
        if self.alert:
            height += 24 + self._alert_height(width)
        if self.emblem:
            height += 130
        return height

    def _alert_height(self, width: float) -> float:
        size = App.get_running_app().look.sizes[self.alert_style]
        return text_height(self.alert, size, width - self.alert_inset - 20) + 40


class Footer(Widget):
    """Back, Home, Help, and how long the session lasts when nobody touches anything.

    ``reserved``: px on the right that are the actions', where the screen is wide.
    """

    with_back = BooleanProperty(True)
    with_way_out = BooleanProperty(True)
    seconds_left = NumericProperty(None, allownone=True)
    reserved = NumericProperty(0)
    side = NumericProperty(100)

    __events__ = ("on_back", "on_home", "on_help")

    def on_back(self) -> None:
        """Event: Back was touched."""

    def on_home(self) -> None:
        """Event: Home was touched."""

    def on_help(self) -> None:
        """Event: Help was touched."""


class Actions(Widget):
    """The main action, always at the same place, and beside it the other one."""

    main = StringProperty("")
    main_icon = StringProperty("")
    main_awake = BooleanProperty(True)
    other = StringProperty("")
    other_icon = StringProperty("")

    __events__ = ("on_press_main", "on_press_other")

    def __init__(self, **kwargs: object) -> None:
        self._main = PushButton(name="main", kind="main")
        self._other = PushButton(name="other", kind="plain")
        super().__init__(**kwargs)
        self._main.bind(on_release=lambda _: self.dispatch("on_press_main"))
        self._other.bind(on_release=lambda _: self.dispatch("on_press_other"))
        self._arrange_soon = Clock.create_trigger(self._arrange, -1)
        for name in ("pos", "size", "main", "main_icon", "main_awake", "other", "other_icon"):
            self.fbind(name, self._arrange_soon)

    def height_for(self, width: float) -> float:
        """Return the height in px that the captions need; 0 without any action."""
        self._fill()
        buttons = [(b, w) for b, w in zip((self._other, self._main), self._widths(width), strict=True) if b.caption]
        return max((max(LEAST_ACTION, button.height_for(room) + 12) for button, room in buttons), default=0.0)

    def _fill(self) -> None:
        self._main.caption, self._main.icon, self._main.awake = self.main, self.main_icon, self.main_awake
        self._other.caption, self._other.icon = self.other, self.other_icon

    def _widths(self, width: float) -> tuple[float, float]:
        if not (self.main and self.other):
            return width, width
        return width * 0.4 - 12, width * 0.6 - 12

    def _arrange(self, *_: object) -> None:
        self._fill()
        self.clear_widgets()
        other, main = self._widths(self.width)
        if self.other:
            self._other.pos, self._other.size = self.pos, (other, self.height)
            self.add_widget(self._other)
        if self.main:
            self._main.pos, self._main.size = (self.right - main, self.y), (main, self.height)
            self.add_widget(self._main)

    def on_press_main(self) -> None:
        """Event: the main action was touched."""

    def on_press_other(self) -> None:
        """Event: the other action was touched."""
