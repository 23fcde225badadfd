"""The promise (服务承诺制) counted in Chinese working days, 调休 included.

The State Council announces each year's holidays in the November before; for a year that the calendar does not
know yet, Monday to Friday are taken.
"""

from datetime import date, timedelta

import chinese_calendar

_SATURDAY = 5
_KNOWN_YEARS = {holiday.year for holiday in chinese_calendar.constants.holidays}


def is_working_day(day: date) -> bool:
    """Tell whether offices work that day."""
    if day.year in _KNOWN_YEARS:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < _SATURDAY


def working_day_after(day: date, count: int) -> date:
    """Return the ``count``-th working day after ``day``; for 0, ``day`` itself or the next day that offices work."""
    if count == 0:
        while not is_working_day(day):
            day += timedelta(days=1)
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_left(today: date, due: date) -> int:
    """Return how many working days come after ``today`` up to and with ``due``; 0 once it is due or over."""
    days = (today + timedelta(days=ahead) for ahead in range(1, (due - today).days + 1))
    return sum(is_working_day(day) for day in days)
