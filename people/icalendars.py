"""Calendars as files (iCalendar, RFC 5545) that people add to their own."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

if TYPE_CHECKING:
    from icalendar import Calendar, Event


def new_calendar(room: str, name: str = "") -> "Calendar":
    """An empty calendar of a `room` of the site; `name` is what programs show of it."""
    from icalendar import Calendar  # noqa: PLC0415 (a quarter of a second, for a rare file)

    calendar = Calendar()
    calendar.add("prodid", f"-//ICT Commons//{room}//EN")
    calendar.add("version", "2.0")
    if name:
        calendar.add("x-wr-calname", name)
    return calendar


def new_event(uid: str, title: str, path: str, *, at: datetime | None = None) -> "Event":
    """An event that keeps its `uid` on this site; `path` leads to its page, `at` is when it was
    changed last, or now."""
    from icalendar import Event  # noqa: PLC0415 (as above)

    event = Event()
    event.add("uid", f"{uid}@{settings.SITE_URL.partition('//')[2]}")
    event.add("dtstamp", at or timezone.now())
    event.add("summary", title)
    event.add("url", f"{settings.SITE_URL}{path}")
    return event


def calendar_response(calendar: "Calendar", name: str) -> HttpResponse:
    """The answer of a page that gives the calendar as the file `name`."""
    response = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-cache"
    return response
