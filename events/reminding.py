"""Talks without slides: their speakers are asked for them, and each step reaches a speaker once.

The row of a step, its private link and its notice are written in one transaction, under the
lock that handing in takes: the worker may be killed at any line and run twice at once.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from events import rules
from events.bringing import LASTS
from events.models import SlidesReminder, SlidesRequest, Talk, UploadLink
from notifications.quiet import next_open
from notifications.services import notify
from people.calendar import working_day_after, working_day_at_or_before
from people.models import Holiday, User

Step = SlidesReminder.Step
BEFORE = {Step.FIRST: 7, Step.SECOND: 2}  # days before the talk
AFTER = timedelta(days=2)
GIVEN_UP = timedelta(days=30)  # after the talk: whoever never sent them is left in peace
AROUND = timedelta(days=60)  # no run of holidays moves a step further from a talk


def step_reached(day: date, today: date, holidays: Collection[date]) -> Step | None:
    """The newest step that has come for a talk on `day`: one that was missed is not made up for.

    Those before the talk come on a working day at or before theirs, the last on the first working
    day from two days after the talk.
    """
    if today > day + GIVEN_UP:
        return None
    if today > day:
        last = working_day_after(day + AFTER - timedelta(days=1), 1, holidays)
        return Step.AFTER if today >= last else None
    reached = [
        step
        for step, days in BEFORE.items()
        if today >= working_day_at_or_before(day - timedelta(days=days), holidays)
    ]
    return reached[-1] if reached else None


def remind_speakers(now: datetime | None = None) -> int:
    """Tell each speaker the step that is reached at `now`, in office hours; how many were told.

    Safe to repeat. Four queries where nothing is owed, for any number of talks.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    holidays = Holiday.objects.days(today - AROUND, today + AROUND)
    if next_open(now, holidays) != now:
        return 0
    near = Talk.objects.without_slides().filter(
        starts__gt=now - GIVEN_UP - timedelta(days=2), starts__lt=now + AROUND
    )
    rows = near.select_related("edition").prefetch_related("speakers", "reminders")
    owed = [talk.pk for talk in rows if _owed(talk, today, holidays)]
    return sum(_remind(pk, now, holidays) for pk in owed)


def _owed(talk: Talk, today: date, holidays: Collection[date]) -> list[tuple[Step, User]]:
    """The step that is reached, with each speaker whom it has not reached."""
    step = step_reached(talk.starts.astimezone(talk.edition.zone).date(), today, holidays)
    if step is None:
        return []
    told = {row.person_id for row in talk.reminders.all() if row.step == step}
    active = [person for person in talk.speakers.all() if person.is_active]
    return [(step, person) for person in active if person.pk not in told]


@transaction.atomic
def _remind(pk: int, now: datetime, holidays: Collection[date]) -> int:
    # Under the lock: slides may have come, or another worker told of them.
    rows = Talk.objects.without_slides().select_related("edition").select_for_update(of=("self",))
    talk = rows.filter(pk=pk).first()
    if talk is None:
        return 0
    owed = _owed(talk, timezone.localdate(now), holidays)
    for step, person in owed:
        SlidesReminder.objects.create(talk=talk, person=person, step=step, at=now)
        _tell(talk, person, now, event=step)
    return len(owed)


class NobodyToAskError(Exception):
    """The slides are there meanwhile, or only guests give the talk."""


@transaction.atomic
def ask_now(talk: Talk, *, by: User, now: datetime | None = None) -> SlidesRequest:
    """Ask every speaker with an account for the slides at once, whatever the calendar says.

    Once a day for a talk: a repeat gives the first request, which says who asked and who was told.
    """
    if not rules.may_keep(by):
        raise PermissionDenied(_("Only who keeps the programme asks speakers for slides."))
    now = now or timezone.now()
    day = timezone.localdate(now)
    rows = Talk.objects.without_slides().select_related("edition").select_for_update(of=("self",))
    missing = rows.filter(pk=talk.pk).first()
    if missing is None:
        raise NobodyToAskError
    known = missing.slides_requests.filter(day=day).select_related("by").first()
    if known:
        return known
    people = list(missing.speakers.filter(is_active=True).order_by("name", "pk"))
    if not people:
        raise NobodyToAskError
    for person in people:
        _tell(missing, person, now, event=f"now-{day.isoformat()}")
    names = [person.name for person in people]
    return SlidesRequest.objects.create(talk=missing, day=day, by=by, told=names, at=now)


def _tell(talk: Talk, person: User, now: datetime, *, event: str) -> None:
    """A notice with a link by which slides come in without signing in."""
    link = UploadLink.objects.create(
        talk=talk,
        speaker=talk.edition.speakers.filter(person=person).first(),
        name=person.name,
        expires=now + LASTS,
    )
    day = date_format(timezone.localtime(talk.starts, talk.edition.zone), "j F Y")
    if talk.starts <= now:
        title = _("Your slides are still missing: %(talk)s")
        reason = _("You gave this talk on %(day)s. The link needs no account.")
    else:
        title = _("Hand in your slides: %(talk)s")
        reason = _("You give this talk on %(day)s. The link needs no account.")
    notify(
        [person],
        event=f"slides:{talk.pk}:{event}",
        title=title % {"talk": talk.title},
        reason=reason % {"day": day},
        url=link.get_absolute_url(),
    )
