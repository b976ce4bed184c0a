"""The working days and hours of Bhutan's civil service: pure functions over a set of holidays."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

THIMPHU = ZoneInfo("Asia/Thimphu")
WEEKEND = frozenset({5, 6})  # Saturday and Sunday, as date.weekday() counts
DAY = timedelta(days=1)
OPENS = time(9)
CLOSES = time(17)
CLOSES_IN_WINTER = time(16)
WINTER = frozenset({11, 12, 1, 2})  # months in which offices close an hour earlier


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() not in WEEKEND and day not in holidays


def office_hours(day: date) -> tuple[datetime, datetime]:
    """When offices open and close on a working `day`."""
    closes = CLOSES_IN_WINTER if day.month in WINTER else CLOSES
    return datetime.combine(day, OPENS, THIMPHU), datetime.combine(day, closes, THIMPHU)


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
