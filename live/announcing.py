"""From the plan to the first minute: who hears of a session, when, and how it is found.

Everything that is told goes through the outbox of notices, once for each person and occasion.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from desk.models import Request
from forums.models import PoolMembership
from live.models import Coming, Session
from notifications.models import Notice
from notifications.services import notify
from people.audiences import people_in
from people.icalendars import new_calendar, new_event
from people.letters import readable_code

if TYPE_CHECKING:
    from icalendar import Calendar

CODE_LENGTH = 6
# How long before the start -> how late that reminder still makes sense.
REMINDERS = {
    "day": (timedelta(hours=24), timedelta(hours=12)),
    "soon": (timedelta(minutes=15), timedelta()),
}


def new_code() -> str:
    """A short code that people type from a wall; not used by any other session."""
    while True:
        code = readable_code(CODE_LENGTH)
        if not Session.objects.filter(code=code).exists():
            return code


def new_wall() -> str:
    """The secret part of the wall's address: who has it sees what everybody may see."""
    return secrets.token_urlsafe(12)


# --- Telling ---------------------------------------------------------------------------------


def announce(session: Session, requests: Iterable[Request]) -> None:
    """The pool's people, and whoever filed a request that the session answers, hear of it."""
    members = PoolMembership.objects.filter(pool=session.pool, ends=None).values("person")
    allowed = people_in(session.audience).filter(is_active=True).exclude(pk=session.planned_by_id)
    filed = [request.requester_id for request in requests]
    texts = {"title": _told(_("Live session: %(title)s, %(when)s"), session)}
    texts |= {"event": f"live:{session.pk}:planned", "url": session.get_absolute_url()}
    notify(
        allowed.filter(pk__in=filed),
        reason=_("You asked for help with something like this. Ask before and during it."),
        **texts,
    )
    notify(
        allowed.filter(pk__in=members).exclude(pk__in=filed),
        reason=_("You are in the pool %(pool)s. Questions are taken from now on.")
        % {"pool": session.pool.title},
        **texts,
    )


def tell_of_change(session: Session, by: Any) -> None:
    """The time has moved: those who come hear of the new one."""
    notify(
        _concerned(session).exclude(pk=by.pk),
        event=f"live:{session.pk}:moved:{session.revision}",
        title=_told(_("New time: %(title)s, %(when)s"), session),
        reason=_("You host it, or asked to be reminded of it."),
        url=session.get_absolute_url(),
    )


def remind_due(*, at: datetime | None = None) -> int:
    """Remind of sessions that begin soon, each person once for each time; how many were told."""
    at = at or timezone.now()
    told = 0
    for name, (before, least) in REMINDERS.items():
        coming = Session.objects.filter(
            state__in=[Session.State.SCHEDULED, Session.State.OPEN],
            starts__gt=at + least,
            starts__lte=at + before,
        )
        for session in coming.order_by("pk"):
            told += _remind(session, name)
    return told


@transaction.atomic
def _remind(session: Session, name: str) -> int:
    event = f"live:{session.pk}:{name}:{int(session.starts.timestamp())}"
    heard = Notice.objects.filter(event=event).values("person")
    people = list(_concerned(session).exclude(pk__in=heard))
    if people:
        notify(
            people,
            event=event,
            title=_told(_("%(title)s begins %(when)s"), session),
            reason=_("You host it, or asked to be reminded of it."),
            url=session.get_absolute_url(),
            urgency="urgent" if name == "soon" else "normal",
        )
    return len(people)


def _concerned(session: Session) -> QuerySet:
    return (
        get_user_model()
        .objects.filter(
            Q(pk=session.host_id)
            | Q(pk__in=session.moderators.values("pk"))
            | Q(pk__in=session.coming.values("person")),
            is_active=True,
        )
        .order_by("pk")
    )


def _told(sentence: str, session: Session) -> str:
    when = date_format(timezone.localtime(session.starts), "j F Y, H:i")
    return sentence % {"title": session.title, "when": when}


def set_coming(session: Session, person: Any, *, wanted: bool) -> None:
    """Whether `person` is reminded; set, so that repeating changes nothing."""
    if wanted:
        Coming.objects.get_or_create(session=session, person=person)
    else:
        Coming.objects.filter(session=session, person=person).delete()


# --- Calendars -------------------------------------------------------------------------------


def calendar_of(sessions: Iterable[Session], name: str) -> "Calendar":
    """Sessions for a calendar; a later file replaces an earlier one by its SEQUENCE."""
    calendar = new_calendar("live", name)
    for session in sessions:
        event = new_event(f"live-{session.pk}", session.title, session.get_absolute_url())
        event.add("sequence", session.revision)
        event.add("dtstart", session.starts)
        event.add("dtend", session.ends)
        event.add("description", session.summary)
        calendar.add_component(event)
    return calendar
