"""A list in pages with two big buttons: nothing scrolls, because not everybody can flick."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import NumericProperty, ObjectProperty
from kivy.uix.widget import Widget

from screens.widgets.button import PushButton
from screens.widgets.kv import discard, load_beside
from screens.widgets.label import Words

load_beside(__file__)

_NAVIGATION = 108.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its height in px at the width that was asked for, and how its widget is made."""

    height: float
    make: Callable[[], Widget]


Source = Callable[[float, float], list[Entry]]


class Pager(Widget):
    """Shows the entries that ``source(width, height of a page)`` gives, as many as fit, in ``columns``.

    Entries of one row are as high as the highest. ``stretch``: how much a row may grow (1: not at all) to fill the
    page. Call ``refresh`` when the source would give something else; ``page`` (from 0) stays where it can.
    """

    source = ObjectProperty(None, allownone=True)
    columns = NumericProperty(1)
    gap = NumericProperty(20)
    stretch = NumericProperty(1.0)
    page = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.pages = 1
        self._up = PushButton(name="page_up", icon="up", kind="plain", on_release=lambda _: self._turn(-1))
        self._down = PushButton(name="page_down", icon="down", kind="plain", on_release=lambda _: self._turn(1))
        self._where = Words(hug=True, style="small", tint="ink_soft")
        self.refresh = Clock.create_trigger(self._fill, -1)
        for name in ("pos", "size", "source", "columns", "page"):
            self.fbind(name, self.refresh)
        look = App.get_running_app().look
        for name in ("language", "sizes"):
            look.bind(**{name: self.refresh})

    def _turn(self, by: int) -> None:
        self.page = min(max(self.page + by, 0), self.pages - 1)

    def _rows(self, entries: list[Entry]) -> Iterator[list[Entry]]:
        for at in range(0, len(entries), int(self.columns)):
            yield entries[at : at + int(self.columns)]

    def _cut(self, entries: list[Entry], height: float) -> list[list[list[Entry]]]:
        """Cut entries into pages of rows, as many rows to a page as fit its height."""
        pages: list[list[list[Entry]]] = [[]]
        used = 0.0
        for row in self._rows(entries):
            needed = max(entry.height for entry in row)
            if pages[-1] and used + needed > height:
                pages.append([])
                used = 0.0
            pages[-1].append(row)
            used += needed + self.gap
        return pages

    def _fill(self, *_: object) -> None:
        for child in self.children:
            if child not in {self._up, self._down, self._where}:
                discard(child)
        self.clear_widgets()
        if self.source is None or self.get_parent_window() is None or self.width < 1 or self.height < 1:
            return
        width = (self.width - self.gap * (self.columns - 1)) / self.columns
        height = self.height
        pages = self._cut(self.source(width, height), height)
        if len(pages) > 1:
            height -= _NAVIGATION + self.gap
            pages = self._cut(self.source(width, height), height)
        self.pages = len(pages)
        self.page = min(self.page, self.pages - 1)
        self._place(pages[int(self.page)], width, height)
        if self.pages > 1:
            self._place_navigation()

    def _place(self, rows: list[list[Entry]], width: float, height: float) -> None:
        natural = [max(entry.height for entry in row) for row in rows]
        free = height - sum(natural) - self.gap * (len(rows) - 1)
        grow = min(self.stretch, 1 + free / sum(natural)) if natural and free > 0 else 1.0
        top = self.top
        for row, high in zip(rows, natural, strict=True):
            row_height = high * grow
            for column, entry in enumerate(row):
                widget = entry.make()
                widget.size_hint = (None, None)
                widget.size = (width, row_height)
                widget.pos = (self.x + column * (width + self.gap), top - row_height)
                self.add_widget(widget)
            top -= row_height + self.gap

    def _place_navigation(self) -> None:
        word = App.get_running_app().look.word
        self._where.raw = word("page_of", page=int(self.page) + 1, pages=self.pages)
        side = (self.width - self._where.width - 2 * self.gap) / 2
        for button, caption, x in (
            (self._up, "page_up", self.x),
            (self._down, "page_down", self.right - side),
        ):
            button.caption = word(caption)
            button.style = "small"
            button.pos, button.size = (x, self.y), (side, _NAVIGATION)
            self.add_widget(button)
        self._up.awake = self.page > 0
        self._down.awake = self.page < self.pages - 1
        self._where.center = (self.center_x, self.y + _NAVIGATION / 2)
        self.add_widget(self._where)
