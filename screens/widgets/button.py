"""What can be touched: one button class, in a few kinds."""

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.widget import Widget

from screens import theme
from screens.typesetting import SMALLER, breaks_words, text_height, text_width
from screens.widgets.kv import load_beside
from screens.widgets.label import Icon, Words

load_beside(__file__)

# kind → (fill, fill under a finger, text and icon, line around it); None: nothing is drawn
KINDS: dict[str, tuple[str | None, str, str, str | None]] = {
    "main": ("action", "action_down", "on_action", None),
    "asleep": ("surface", "surface", "ink_soft", "line"),
    "plain": ("page", "surface_down", "brand", "brand"),
    "quiet": ("surface", "surface_down", "brand", None),
    "key": ("surface", "surface_down", "ink", "line"),
    "chosen": ("action", "action_down", "on_action", None),
    "accent": ("accent", "surface_down", "on_accent", None),
}
_GAP = 12
_PADDING = 14


class PushButton(ButtonBehavior, Widget):
    """A button with a word and perhaps an icon, beside it (``row``) or above it (``column``).

    ``name`` finds it in tests and never changes; ``kind`` is one of :data:`KINDS`; ``awake`` False shows that there
    is nothing to do yet, and lets nothing happen. ``on_release`` fires once a tap.
    """

    name = StringProperty("")
    icon = StringProperty("")
    icon_scale = StringProperty("small")
    caption = StringProperty("")
    kind = StringProperty("plain")
    flow = StringProperty("row")
    style = StringProperty("strong")
    bold = BooleanProperty(True)
    awake = BooleanProperty(True)
    tints = ObjectProperty(KINDS["plain"])

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._icon: Icon | None = None  # made when it is needed: most keys have none
        self._words = Words(halign="center", style=self.style, bold=self.bold, raw=self.caption)
        self._arrange_soon = Clock.create_trigger(self._arrange, -1)
        for name in ("pos", "size", "icon", "icon_scale", "caption", "flow", "style", "bold"):
            self.fbind(name, self._arrange_soon)
        for name in ("kind", "awake"):
            self.fbind(name, self._paint)
        App.get_running_app().look.bind(sizes=self._arrange_soon)
        self._paint()
        self._arrange()

    def _paint(self, *_: object) -> None:
        self.tints = KINDS[self.kind if self.awake else "asleep"]
        self._words.tint = self.tints[2]
        if self._icon is not None:
            self._icon.tint = self.tints[2]

    def _arrange(self, *_: object) -> None:
        words, icon = self._words, self._icon_if_any()
        words.bold, words.raw = self.bold, self.caption
        self._have(words, wanted=bool(self.caption))
        high, wide = (icon.height, icon.width) if icon is not None else (0, 0)
        taken = (wide + _GAP) if icon is not None and self.caption and self.flow == "row" else 0
        room = max(self.width - 2 * (_PADDING if self.flow == "row" and self.icon else 8) - taken, 1)
        words.style = self._fitting(room)
        words.width = min(room, text_width(self.caption, int(words.font_size), bold=self.bold) * 1.02 + 4)
        if self.flow == "row":
            left = self.center_x - (taken + (words.width if self.caption else wide)) / 2
            words.pos = (left + taken, self.center_y - words.height / 2)
            if icon is not None:
                icon.pos = (left, self.center_y - high / 2)
        else:
            height = high + words.height + (4 if icon is not None and self.caption else 0)
            words.pos = (self.center_x - words.width / 2, self.center_y - height / 2)
            if icon is not None:
                icon.pos = (self.center_x - wide / 2, self.center_y + height / 2 - high)

    def _icon_if_any(self) -> Icon | None:
        """Return the icon as it is to be, None where there is none."""
        if self.icon and self._icon is None:
            self._icon = Icon(tint=self.tints[2])
        if self._icon is None:
            return None
        self._icon.icon, self._icon.scale = self.icon, self.icon_scale
        self._have(self._icon, wanted=bool(self.icon))
        return self._icon if self.icon else None

    def _have(self, child: Widget, *, wanted: bool) -> None:
        if wanted and child.parent is None:
            self.add_widget(child)
        elif not wanted and child.parent is not None:
            self.remove_widget(child)

    def _fitting(self, room: float) -> str:
        """Return the style, or the first smaller one in which the caption fits and no word is cut."""
        sizes = App.get_running_app().look.sizes
        high = self.height - 8 - (theme.ICON_SIZES[self.icon_scale] + 4 if self.icon and self.flow == "column" else 0)
        styles = SMALLER[SMALLER.index(self.style) :]
        for style in styles:
            size = sizes[style]
            if not breaks_words(self.caption, size, room, bold=self.bold) and (
                text_height(self.caption, size, room, bold=self.bold) <= high
            ):
                return style
        return styles[-1]

    def height_for(self, width: float) -> float:
        """Return the least height in px that holds icon and words at a width."""
        taken = (theme.ICON_SIZES[self.icon_scale] + _GAP) if self.icon and self.flow == "row" else 0
        room = width - 2 * (_PADDING if self.flow == "row" and self.icon else 8) - taken
        words = text_height(self.caption, App.get_running_app().look.sizes[self.style], room, bold=self.bold)
        if self.flow == "column" and self.icon:
            words += theme.ICON_SIZES[self.icon_scale] + 4
        return max(theme.LEAST_TARGET_PX, words + 24)

    def on_touch_down(self, touch: object) -> bool:
        """Take no touch while there is nothing to do."""
        return bool(self.awake and super().on_touch_down(touch))
