"""A day in three short steps: year, month, day. Only days within bounds can be touched."""

import calendar
from datetime import date

from kivy.app import App
from kivy.clock import Clock
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from screens.entries.keys import Key, Rows
from screens.widgets.kv import load_beside

load_beside(__file__)

_YEARS_AS_KEYS = 12
_DIGITS_OF_A_YEAR = 4
_PARTS = ("year", "month", "day")


class DayEntry(Widget):
    """Three boxes that say what was entered, and below them the keys for the ``part`` under way.

    ``day`` is the whole date, None until all three parts are there and within ``earliest`` and ``latest``.
    """

    unspoken = True  # when the screen is read aloud
    earliest = ObjectProperty(date(1900, 1, 1))
    latest = ObjectProperty(date(2100, 1, 1))
    day = ObjectProperty(None, allownone=True)
    part = StringProperty("year")
    entered = ObjectProperty({"year": "", "month": "", "day": ""})
    rows = ObjectProperty(())
    columns = NumericProperty(4)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._offer_soon = Clock.create_trigger(self._offer, -1)
        for name in ("earliest", "latest", "part", "entered"):
            self.fbind(name, self._offer_soon)
        App.get_running_app().look.bind(language=self._offer_soon)
        self._offer()

    def put(self, day: date | None) -> None:
        """Show a day, or begin anew."""
        self.entered = dict.fromkeys(_PARTS, "") if day is None else _parts(day)
        self.day = day
        self.part = "year" if day is None else "day"

    def clear(self) -> None:
        """Drop what was entered."""
        self.put(None)

    def _offer(self, *_: object) -> None:
        year, month = self.entered["year"], self.entered["month"]
        if self.part == "day" and month:
            self.columns, self.rows = 7, self._days(int(year), int(month))
        elif self.part == "month" and len(year) == _DIGITS_OF_A_YEAR:
            self.columns, self.rows = 4, self._months(int(year))
        elif self.latest.year - self.earliest.year < _YEARS_AS_KEYS:
            self.columns, self.rows = 3, _grid([str(y) for y in range(self.earliest.year, self.latest.year + 1)], 3)
        else:
            keys = [Key(digit, digit) for digit in "1234567890"]
            self.columns, self.rows = 3, (*_three(keys[:9]), (Key("clear", word="clear", icon="close"), keys[9],
                                          Key("delete", word="delete", icon="backspace")))  # fmt: skip

    def _months(self, year: int) -> Rows:
        word = App.get_running_app().look
        fitting = [m for m in range(1, 13) if self._any_day(year, m)]
        zh = word.language == "zh"
        keys = [Key(f"{m}", f"{m}月" if zh else calendar.month_abbr[m]) for m in fitting]
        return tuple(tuple(keys[at : at + 4]) for at in range(0, len(keys), 4))

    def _any_day(self, year: int, month: int) -> bool:
        last = date(year, month, calendar.monthrange(year, month)[1])
        return bool(last >= self.earliest and date(year, month, 1) <= self.latest)

    def _days(self, year: int, month: int) -> Rows:
        count = calendar.monthrange(year, month)[1]
        return _grid([str(d) for d in range(1, count + 1) if self.earliest <= date(year, month, d) <= self.latest], 7)

    def touch_part(self, part: str) -> None:
        """Go back to a part that was entered before."""
        at = _PARTS.index(part)
        if all(self.entered[before] for before in _PARTS[:at]):
            self.entered = {p: self.entered[p] if _PARTS.index(p) < at else "" for p in _PARTS}
            self.day = None
            self.part = part

    def press(self, code: str) -> None:
        """Do what a key says."""
        entered = dict(self.entered)
        if self.part == "year" and code in {"delete", "clear"}:
            entered["year"] = entered["year"][:-1] if code == "delete" else ""
        elif self.part == "year" and len(code) == 1:
            entered["year"] = (entered["year"] + code)[:_DIGITS_OF_A_YEAR]
        else:
            entered[self.part] = code
        self.entered = entered
        self._go_on()

    def _go_on(self) -> None:
        year = self.entered["year"]
        if self.part == "year" and len(year) == _DIGITS_OF_A_YEAR:
            if self.earliest.year <= int(year) <= self.latest.year:
                self.part = "month"
            else:
                self.entered = {**self.entered, "year": ""}
        elif self.part == "month" and self.entered["month"]:
            self.part = "day"
        elif self.part == "day" and self.entered["day"]:
            self.day = date(int(year), int(self.entered["month"]), int(self.entered["day"]))


def _parts(day: date) -> dict[str, str]:
    return {"year": str(day.year), "month": str(day.month), "day": str(day.day)}


def _three(keys: list[Key]) -> Rows:
    return tuple(tuple(keys[at : at + 3]) for at in range(0, len(keys), 3))


def _grid(captions: list[str], columns: int) -> Rows:
    """Return keys in rows; a short last row is filled up, so that keys stay in their columns."""
    keys = [Key(caption, caption) for caption in captions]
    return tuple(tuple(keys[at : at + columns]) for at in range(0, len(keys), columns))
