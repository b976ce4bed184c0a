"""Pure rules of standing over plain values."""

import calendar
from datetime import date


def add_months(day: date, months: int) -> date:
    """`day` that many months later; the last day of the month where the day does not exist."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
