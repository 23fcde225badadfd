"""Service items to choose from, and the search by pinyin initials."""

from kivy.app import App
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior

from kiosk.stage import Chosen, ItemCard, SearchFor
from screens.entries import TextEntry
from screens.screen import Screen
from screens.typesetting import text_height, text_width
from screens.widgets.kv import discard, load_beside
from screens.widgets.pager import Entry
from screens.widgets.panel import Panel

load_beside(__file__)

_PADDING = 32.0
_LITTLE_HEIGHT = 640.0
_LONGEST_SEARCH = 20


class Card(ButtonBehavior, Panel):
    """One item: its name, its department, and a short note on the right."""

    name = StringProperty("")
    title = StringProperty("")
    department = StringProperty("")
    note = StringProperty("")
    style = StringProperty("strong")
    note_width = NumericProperty(0)


class ItemListScreen(Screen):
    """Cards in pages. Where there is a search, its field opens the letters; ``searching`` while they are shown."""

    searching = BooleanProperty(False)
    typed = StringProperty("")

    def __init__(self, **kwargs: object) -> None:
        self._letters: TextEntry | None = None
        super().__init__(**kwargs)
        for name in ("pos", "size"):
            self.fbind(name, self._place)

    def on_view(self, *_: object) -> None:
        """Show other items, from the first page."""
        if self.ids:
            self.ids.pager.page = 0
            self.ids.pager.refresh()

    def show_again(self) -> None:
        """Show the list, not the letters."""
        self.searching = False
        self.typed = ""

    def on_searching(self, *_: object) -> None:
        """Make the letters when they are asked for, and drop them afterwards."""
        self.forget()
        if self._letters is not None:
            discard(self._letters)
            self.remove_widget(self._letters)
            self._letters = None
        if self.searching:
            self._letters = TextEntry(max_length=_LONGEST_SEARCH, capitals=True, size_hint=(None, None))
            self._letters.bind(text=self.setter("typed"))
            self.add_widget(self._letters)
            self._place()

    def _place(self, *_: object) -> None:
        if self._letters is not None:
            self._letters.pos, self._letters.size = self.pos, self.size

    def forget(self) -> None:
        """Drop what was typed."""
        if self._letters is not None:
            self._letters.clear()
        self.typed = ""

    def on_press_other(self) -> None:
        """Open the search, or leave it again."""
        if self.view.query and not self.searching:
            self.dispatch("on_answer", SearchFor(""))
        else:
            self.searching = not self.searching

    def on_press_main(self) -> None:
        """Search for what was typed."""
        self.dispatch("on_answer", SearchFor(self.typed))

    def entries(self, width: float, height: float) -> list[Entry]:
        """Return the cards; without departments and in smaller type where there is little height."""
        look = App.get_running_app().look
        little = height < _LITTLE_HEIGHT
        style = "body" if little else "strong"

        def entry(card: ItemCard) -> Entry:
            name, note = look.say(card.name), look.say(card.note)
            department = "" if little else look.say(card.department)
            room = width - 2 * _PADDING - self._note_width(note) - 72
            words = text_height(name, look.sizes[style], room, bold=True)
            words += text_height(department, look.sizes["small"], room)
            return Entry(words + 2 * 24, lambda: self._card(card, name, department, note, style))

        return [entry(card) for card in self.view.items]

    @staticmethod
    def _note_width(note: str) -> float:
        sizes = App.get_running_app().look.sizes
        return min(text_width(note, sizes["small"], bold=True) + 48, 360) if note else 0

    def _card(self, card: ItemCard, name: str, department: str, note: str, style: str) -> Card:
        made = Card(name=f"item:{card.code}", title=name, department=department, note=note, style=style)
        made.note_width = self._note_width(note)
        made.bind(on_release=lambda _: self.dispatch("on_answer", Chosen(card.code)))
        return made
