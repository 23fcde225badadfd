"""Dates and amounts as certificates write them, in both languages."""

from datetime import date, datetime

from wire.text import Text

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(value: date) -> Text:
    """Return 2026年11月23日 and 23 November 2026."""
    return Text(
        zh=f"{value.year}年{value.month}月{value.day}日",
        en=f"{value.day} {_MONTHS[value.month - 1]} {value.year}",
    )


def minute(value: datetime) -> Text:
    """Return a day with hour and minute; ``value`` in the centre's time zone."""
    on = day(value.date())
    return Text(zh=f"{on.zh}{value:%H}时{value:%M}分", en=f"{on.en}, {value:%H:%M}")


def month(value: date) -> Text:
    """Return 2026年11月 and November 2026."""
    return Text(zh=f"{value.year}年{value.month}月", en=f"{_MONTHS[value.month - 1]} {value.year}")


def yuan(fen: int) -> str:
    """Return 8,200.00 for 820000 fen."""
    return f"{fen // 100:,}.{fen % 100:02}"
