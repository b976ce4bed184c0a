"""When a mail may go out that need not go at once. Pure: no database, no "now" of its own."""

from collections.abc import Collection
from datetime import date, datetime

from people.calendar import THIMPHU, is_working_day, office_hours, working_day_after


def next_open(moment: datetime, holidays: Collection[date]) -> datetime:
    """`moment` itself in working hours, or else when the offices open next."""
    day = moment.astimezone(THIMPHU).date()
    opens, closes = office_hours(day)
    if is_working_day(day, holidays):
        if opens <= moment < closes:
            return moment
        if moment < opens:
            return opens
    return office_hours(working_day_after(day, 1, holidays))[0]


def week_begins(day: date, holidays: Collection[date]) -> date:
    """The day of the weekly mail: the first working day of the week of `day`.

    A week without one has its mail on the first working day after its Sunday.
    """
    monday = date.fromordinal(day.toordinal() - day.weekday())
    if is_working_day(monday, holidays):
        return monday
    return working_day_after(monday, 1, holidays)
