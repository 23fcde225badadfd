"""The home menu."""

from kivy.app import App
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior

from kiosk.stage import Tile
from screens.screen import Screen
from screens.typesetting import fitting_style, text_height
from screens.widgets.kv import load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import Panel

load_beside(__file__)

_ICON = 110.0
_COMPACT_ICON = 88.0
_GAP = 24.0


class HomeTile(ButtonBehavior, Panel):
    """One thing to do: an icon, its title, and in a few words what it is."""

    name = StringProperty("")
    icon = StringProperty("")
    title = StringProperty("")
    subtitle = StringProperty("")
    style = StringProperty("strong")
    compact = BooleanProperty(False)


class HomeScreen(Screen):
    """Tiles in two columns, three where the screen is wide."""

    greeting = ObjectProperty("")

    def on_view(self, *_: object) -> None:
        """Show other tiles."""
        if self.ids:
            self.ids.pager.refresh()

    def entries(self, width: float, height: float) -> list[Entry]:
        """Return the tiles: with the icon above the words, or beside them where they would not fit one page."""
        roomy = self._entries(width, compact=False)
        columns = int(self.ids.pager.columns) if self.ids else 2
        rows = [roomy[at : at + columns] for at in range(0, len(roomy), columns)]
        if sum(max(tile.height for tile in row) + _GAP for row in rows) - _GAP <= height:
            return roomy
        return self._entries(width, compact=True)

    def _entries(self, width: float, *, compact: bool) -> list[Entry]:
        sizes = App.get_running_app().look.sizes
        say = App.get_running_app().look.say

        room = width - (_COMPACT_ICON + 76 if compact else 64)
        fitting = {fitting_style(say(tile.title), "strong", sizes, room) for tile in self.view.tiles}
        style = min(fitting, key=lambda one: int(sizes[one]), default="strong")

        def entry(tile: Tile) -> Entry:
            title, subtitle = say(tile.title), say(tile.subtitle)
            words = text_height(title, sizes[style], room, bold=True)
            if compact:
                return Entry(max(words, _COMPACT_ICON) + 56, lambda: self._tile(tile, title, "", style, compact=True))
            words += text_height(subtitle, sizes["small"], width - 64)
            return Entry(words + _ICON + 88, lambda: self._tile(tile, title, subtitle, style))

        return [entry(tile) for tile in self.view.tiles]

    def _tile(self, tile: Tile, title: str, subtitle: str, style: str, *, compact: bool = False) -> HomeTile:
        made = HomeTile(
            style=style, name=f"tile:{tile.key}", icon=tile.icon, title=title, subtitle=subtitle, compact=compact
        )
        made.bind(on_release=lambda _: self.dispatch("on_answer", tile.key))
        return made
