"""What the forum says by itself: a question is late, an answer is due for a look. Each once.

Only of the last thirty days: whoever takes a pool over is not told of years.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from forums import reviewing
from forums.models import Topic
from notifications.models import Notice
from notifications.services import notify
from people.audiences import people_in
from people.models import User

LOOK_BACK = timedelta(days=30)


def remind() -> int:
    """Tell of late questions and of overdue reviews; of how many. Safe to repeat."""
    late, overdue = _late_questions(), _overdue_reviews()
    return _tell(late, _question) + _tell(overdue, _review)


def _shown():
    return Topic.objects.filter(merged_into=None, hidden_at=None).select_related("pool", "owner")


def _late_questions() -> dict[str, Topic]:
    rows = reviewing.unanswered(_shown().filter(created__gte=timezone.now() - LOOK_BACK))
    clocks = reviewing.clocks_of(list(rows.order_by("pk")))
    return {f"topic:{topic.pk}:late": topic for topic, _due, late in clocks if late}


def _overdue_reviews() -> dict[str, Topic]:
    today = timezone.localdate()
    rows = _shown().filter(review_by__lte=today, review_by__gte=today - LOOK_BACK, obsolete_at=None)
    return {f"topic:{topic.pk}:review:{topic.review_by}": topic for topic in rows.order_by("pk")}


def _tell(topics: dict[str, Topic], tell) -> int:
    told = set(Notice.objects.filter(event__in=list(topics)).values_list("event", flat=True))
    waiting = {event: topic for event, topic in topics.items() if event not in told}
    for event, topic in waiting.items():
        with transaction.atomic():
            tell(topic, event)
    return len(waiting)


def _question(topic: Topic, event: str) -> None:
    """Whoever took it on hears; else the leads of its pool."""
    owners = [topic.owner] if topic.owner else reviewing.leads_of(topic.pool)
    reason = _("You took it on.") if topic.owner else _leads(topic)
    title = _("Waits for an answer: %(title)s") % {"title": topic.title}
    _notify(topic, owners, event=event, title=title, reason=reason)


def _review(topic: Topic, event: str) -> None:
    """Whoever gave the accepted answer hears, and the leads of its pool."""
    title = _("Is it still true? %(title)s") % {"title": topic.title}
    accepted = topic.posts.accepted().select_related("author").first()
    if accepted and accepted.author:
        reason = _("You gave the accepted answer.")
        _notify(topic, [accepted.author], event=event, title=title, reason=reason)
    _notify(topic, reviewing.leads_of(topic.pool), event=event, title=title, reason=_leads(topic))


def _leads(topic: Topic) -> str:
    return _("You lead the pool %(pool)s.") % {"pool": topic.pool.title}


def _notify(topic: Topic, people: Iterable[User], **words: str) -> None:
    readers = people_in(topic.audience).filter(pk__in=[person.pk for person in people])
    notify(readers, url=topic.get_absolute_url(), thread=f"topic:{topic.pk}", **words)
