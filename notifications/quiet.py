"""When a mail may go out that need not go at once. Pure: no database, no "now" of its own."""

from collections.abc import Collection
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from people.calendar import is_working_day, working_day_after

THIMPHU = ZoneInfo("Asia/Thimphu")
OPENS = time(9)
CLOSES = time(17)


def next_open(moment: datetime, holidays: Collection[date]) -> datetime:
    """`moment` itself in working hours, or else when the offices open next.

    Monday to Friday from 9 to 17 o'clock in Bhutan, but on holidays.
    """
    local = moment.astimezone(THIMPHU)
    day = local.date()
    if is_working_day(day, holidays):
        if OPENS <= local.time() < CLOSES:
            return moment
        if local.time() < OPENS:
            return datetime.combine(day, OPENS, THIMPHU)
    return datetime.combine(working_day_after(day, 1, holidays), OPENS, THIMPHU)


def week_begins(day: date, holidays: Collection[date]) -> date:
    """The day of the weekly mail: the first working day of the week of `day`.

    A week without one has its mail on the first working day after its Sunday.
    """
    monday = date.fromordinal(day.toordinal() - day.weekday())
    if is_working_day(monday, holidays):
        return monday
    return working_day_after(monday, 1, holidays)
