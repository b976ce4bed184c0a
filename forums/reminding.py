"""What the forum says by itself: a question is late, an answer is due for a look. Each once.

Only of the last thirty days: whoever takes a pool over is not told of years.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from forums import reviewing, rules
from forums.audiences import people_serving
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
    # A question that was moved is told again, to those of its new pool.
    late = [topic for topic, _due, is_late in clocks if is_late]
    return {f"topic:{topic.pk}:late:{topic.pool_id}": topic for topic in late}


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
    """Of the groups that see to it, the first in which somebody is there and may read it hears.

    Where nobody is, administrators hear that the pool has such a question, not which.
    """
    title = _("Waits for an answer: %(title)s") % {"title": topic.title}
    for people, reason in _groups(topic):
        if _notify(topic, people, event=event, title=title, reason=reason):
            return
    words = {"pool": topic.pool.title}
    notify(
        _administrators(),
        event=event,
        title=_("A question of %(pool)s waits, and nobody there may read it") % words,
        reason=_("You are an administrator."),
        url=topic.pool.address,
    )


def _groups(topic: Topic) -> Iterator[tuple[Iterable[User], str]]:
    """Who sees to a question, with the reason to give: whoever took it on and still serves, the
    leads, all who serve; and where nobody serves its pool any more, administrators."""
    if topic.owner and rules.serves(topic.owner, topic.pool):
        yield [topic.owner], _("You took it on.")
    if topic.pool.live:
        yield reviewing.leads_of(topic.pool), _leads(topic)
        serve = _("You serve the pool %(pool)s.") % {"pool": topic.pool.title}
        yield people_serving(topic.pool.code), serve
    words = {"pool": topic.pool.title}
    yield _administrators(), _("Nobody of the pool %(pool)s can see to it: move it.") % words


def _administrators() -> QuerySet[User]:
    return User.objects.filter(is_superuser=True, is_active=True)


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


def _notify(topic: Topic, people: Iterable[User], **words: str) -> bool:
    """Tell those of `people` who may read the topic; whether there is one."""
    readers = list(people_in(topic.audience).filter(pk__in=[person.pk for person in people]))
    notify(readers, url=topic.get_absolute_url(), thread=f"topic:{topic.pk}", **words)
    return bool(readers)
