"""The working days of Bhutan's civil service: pure functions over a set of holidays."""

from collections.abc import Collection
from datetime import date, timedelta

WEEKEND = frozenset({5, 6})  # Saturday and Sunday, as date.weekday() counts
DAY = timedelta(days=1)


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() not in WEEKEND and day not in holidays


def working_day_after(day: date, count: int, holidays: Collection[date]) -> date:
    """The `count`th working day after `day`."""
    while count:
        day += DAY
        count -= is_working_day(day, holidays)
    return day


def working_day_at_or_before(day: date, holidays: Collection[date]) -> date:
    """`day` itself, or the nearest working day before it."""
    while not is_working_day(day, holidays):
        day -= DAY
    return day
