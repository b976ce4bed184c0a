"""Whether slides are still true: their speakers are asked a year after they came.

Until somebody who may says that they are, the page of the talk says since when nobody did; what
is obsolete stays readable, and sinks in search.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from events.bringing import Bringer
from events.models import Kind, Resource, SlidesReview
from moderation.limits import check_not_silenced
from notifications.models import Notice
from notifications.services import notify
from people.models import User

REVIEW_AFTER = timedelta(days=365)
LOOK_BACK = timedelta(days=30)  # who is a speaker again after years is not told of all of them
Verdict = SlidesReview.Verdict


def begin(resource: Resource) -> None:
    """A version came in: it holds for a year, from the talk on where that is still to come."""
    given = timezone.localdate(resource.talk.starts)
    resource.review_by = max(timezone.localdate(), given) + REVIEW_AFTER
    resource.obsolete_at = None
    resource.save(update_fields=["review_by", "obsolete_at"])


@transaction.atomic
def judge(resource: Resource, *, by: User, verdict: str, reason: str = "") -> Resource:
    """Say whether the slides are still true. Repeating the same on one day changes nothing.

    PermissionDenied for all but the speakers and who keeps the programme.
    """
    Bringer(by=by).check(resource.talk)
    check_not_silenced(by)
    resource = Resource.objects.select_for_update().get(pk=resource.pk)
    now, due = timezone.now(), timezone.localdate() + REVIEW_AFTER
    if verdict == Verdict.OBSOLETE:
        said = resource.obsolete_at is not None
        resource.obsolete_at = resource.obsolete_at or now
    else:
        said = resource.review_by == due and resource.obsolete_at is None
        resource.review_by, resource.obsolete_at = due, None
    if not said:
        resource.save(update_fields=["review_by", "obsolete_at"])
        SlidesReview.objects.create(resource=resource, verdict=verdict, reason=reason, by=by)
    return resource


def why_obsolete(resource: Resource) -> str:
    """What was said when they were marked; empty for slides that are current."""
    if resource.obsolete_at is None:
        return ""
    marks = resource.reviews.filter(verdict=Verdict.OBSOLETE).values_list("reason", flat=True)
    return marks.first() or ""


def overdue() -> QuerySet[Resource]:
    """Slides that wait for a look, the longest due first."""
    rows = Resource.objects.filter(
        kind=Kind.SLIDES, review_by__lte=timezone.localdate(), obsolete_at=None
    )
    return rows.select_related("talk__edition").order_by("review_by", "pk")


def waiting_for(person: User) -> QuerySet[Resource]:
    """Slides of `person` that wait for a look."""
    return overdue().filter(talk__speakers=person)


def remind() -> int:
    """Ask the speakers of slides that came due, each once; for how many. Safe to repeat."""
    due = overdue().filter(review_by__gte=timezone.localdate() - LOOK_BACK)
    rows = {_event(row): row for row in due.prefetch_related("talk__speakers")}
    told = set(Notice.objects.filter(event__in=list(rows)).values_list("event", flat=True))
    waiting = [(event, row) for event, row in rows.items() if event not in told]
    for event, row in waiting:
        notify(
            [person for person in row.talk.speakers.all() if person.is_active],
            event=event,
            title=_("Are your slides still true? %(talk)s") % {"talk": row.talk.title},
            reason=_("You gave this talk. Slides are looked at again after a year."),
            url=row.talk.get_absolute_url(),
        )
    return len(waiting)


def _event(resource: Resource) -> str:
    return f"slides:{resource.pk}:review:{resource.review_by}"
