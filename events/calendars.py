"""Programmes and meetings as iCalendar."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils import timezone

from events.models import Meeting, Talk
from people.icalendars import calendar_response, new_calendar, new_event

if TYPE_CHECKING:
    from icalendar import Event


def _event(uid: str, row: Talk | Meeting, place: str) -> "Event":
    event = new_event(uid, row.title, row.get_absolute_url())
    event.add("location", place)
    return event


def of_talks(name: str, talks: Iterable[Talk]) -> HttpResponse:
    calendar = new_calendar("events", name)
    for talk in talks:
        event = _event(f"talk-{talk.pk}", talk, talk.room or talk.edition.place)
        event.add("dtstart", talk.starts)
        event.add("dtend", talk.ends)
        event.add("description", talk.speaker_names)
        calendar.add_component(event)
    return calendar_response(calendar, "programme.ics")


def of_meetings(name: str, meetings: Iterable[Meeting]) -> HttpResponse:
    calendar = new_calendar("events", name)
    for meeting in meetings:
        event = _event(f"meeting-{meeting.pk}", meeting, meeting.place)
        if meeting.starts:
            begins = timezone.make_aware(datetime.combine(meeting.date, meeting.starts))
            event.add("dtstart", begins)
            event.add("dtend", begins + timedelta(minutes=meeting.minutes_planned))
        else:
            event.add("dtstart", meeting.date)
        calendar.add_component(event)
    return calendar_response(calendar, "meetings.ics")
