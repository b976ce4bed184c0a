"""Programmes and meetings as iCalendar (RFC 5545)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from icalendar import Calendar, Event

from events.models import Meeting, Talk


def _calendar(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//ICT Commons//events//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    return calendar


def _event(uid: str, row: Talk | Meeting, place: str) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{settings.SITE_URL.partition('//')[2]}")
    event.add("dtstamp", timezone.now())
    event.add("summary", row.title)
    event.add("location", place)
    event.add("url", f"{settings.SITE_URL}{row.get_absolute_url()}")
    return event


def of_talks(name: str, talks: Iterable[Talk]) -> HttpResponse:
    calendar = _calendar(name)
    for talk in talks:
        event = _event(f"talk-{talk.pk}", talk, talk.room or talk.edition.place)
        event.add("dtstart", talk.starts)
        event.add("dtend", talk.ends)
        event.add("description", talk.speaker_names)
        calendar.add_component(event)
    return _answer(calendar, "programme.ics")


def of_meetings(name: str, meetings: Iterable[Meeting]) -> HttpResponse:
    calendar = _calendar(name)
    for meeting in meetings:
        event = _event(f"meeting-{meeting.pk}", meeting, meeting.place)
        if meeting.starts:
            begins = timezone.make_aware(datetime.combine(meeting.date, meeting.starts))
            event.add("dtstart", begins)
            event.add("dtend", begins + timedelta(minutes=meeting.minutes_planned))
        else:
            event.add("dtstart", meeting.date)
        calendar.add_component(event)
    return _answer(calendar, "meetings.ics")


def _answer(calendar: Calendar, name: str) -> HttpResponse:
    response = HttpResponse(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-cache"
    return response
