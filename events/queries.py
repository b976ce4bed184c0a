"""Reads of conferences and meetings that no QuerySet owns."""

from datetime import date, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Action, Edition, Meeting, Talk
from people.holdings import Holding

AHEAD = timedelta(days=60)


class Upcoming(NamedTuple):
    day: date
    kind: str
    title: str
    url: str
    place: str


def open_actions_for(person, limit: int = 8) -> list[Action]:
    """What this person took on in meetings and has not done yet, the most urgent first."""
    rows = Action.objects.open().filter(owner=person).select_related("meeting")
    return list(rows[:limit])


def upcoming_for(person, limit: int = 5) -> list[Upcoming]:
    """Conferences, own talks and meetings of the next 60 days, the nearest first."""
    today = timezone.localdate()
    until = today + AHEAD
    found = [
        Upcoming(row.starts, _("Conference"), row.title, row.get_absolute_url(), row.place)
        for row in Edition.objects.visible_to(person).filter(ends__gte=today, starts__lte=until)
    ]
    talks = Talk.objects.on().filter(speakers=person, starts__date__range=(today, until))
    found += [
        Upcoming(
            timezone.localdate(row.starts),
            _("My talk"),
            row.title,
            row.get_absolute_url(),
            row.room,
        )
        for row in talks.select_related("edition")
    ]
    meetings = Meeting.objects.visible_to(person).filter(date__range=(today, until))
    found += [
        Upcoming(row.date, _("Meeting"), row.title, row.get_absolute_url(), row.place)
        for row in meetings
    ]
    return sorted(found)[:limit]


def holdings_of(person) -> list[Holding]:
    """Open actions, which a leaver hands over, and talks that are still to be given."""
    actions = Action.objects.open().filter(owner=person).select_related("meeting")
    talks = Talk.objects.on().filter(speakers=person, starts__gt=timezone.now())
    return [
        *(Holding(_("Open action"), row.text[:200], row.get_absolute_url()) for row in actions),
        *(
            Holding(_("Talk to be given"), row.title, row.get_absolute_url())
            for row in talks.select_related("edition")
        ),
    ]
