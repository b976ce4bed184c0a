"""What waits for an expert, and how a pool stands: put together from all rooms."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

import desk.queries
from desk.models import Request
from forums import experts, reviewing, tagging
from forums.audiences import pools_served
from forums.models import Deflection, ExpertPool, Post, Topic
from live.models import Question, Session
from moderation.models import Case
from moderation.subjects import cases_for

SHOWN = 20  # rows of each list; its number is that of all
RECENT = timedelta(days=30)


@dataclass(frozen=True)
class Listing:
    """The first rows of a list, and how many there are."""

    rows: list
    number: int


def _listing(rows: QuerySet) -> Listing:
    first = list(rows[: SHOWN + 1])
    return Listing(first[:SHOWN], rows.count() if len(first) > SHOWN else len(first))


def _clocks(topics: QuerySet[Topic]) -> Listing:
    """Questions with the day on which an answer is due, and whether that is over."""
    listing = _listing(topics)
    return Listing(reviewing.clocks_of(listing.rows), listing.number)


def owed_topics(person) -> QuerySet[Topic]:
    """Questions of live sessions to which an answer is owed and that nobody has answered since."""
    replies = Post.objects.filter(topic=OuterRef("pk"), number__gt=1)
    owed = Question.objects.filter(answered_how=Question.How.OWED, topic=OuterRef("pk"))
    rows = Topic.objects.visible_to(person).filter(Exists(owed)).exclude(Exists(replies))
    return rows.select_related("pool").order_by("created", "pk")


def inbox_of(person) -> dict:
    """What waits for one who serves pools: questions, requests, answers owed, reviews, flags."""
    pools = ExpertPool.objects.filter(code__in=pools_served(person))
    hosted = Session.objects.filter(host=person, questions__topic=OuterRef("pk"))
    owed = owed_topics(person).filter(Exists(hosted) | Exists(pools.filter(pk=OuterRef("pool"))))
    return {
        "unanswered": _clocks(reviewing.waiting_in_any(pools, person).select_related("pool")),
        "requests": _listing(desk.queries.in_hand(person).order_by("created", "pk")),
        "queued": _listing(desk.queries.queue_of(person)),
        "owed": _listing(owed),
        "stale": _listing(reviewing.stale_for(person)),
        "flagged": cases_for(person).filter(state=Case.State.OPEN).count(),
        "away": person.absences.filter(ends__gte=timezone.localdate()).first(),
    }


def state_of(pool: ExpertPool, person) -> dict:
    """How a pool stands, as far as `person` may see it."""
    topics = Topic.objects.visible_to(person).filter(pool=pool)
    requests = Request.objects.visible_to(person).filter(pool=pool).open()
    due = topics.filter(review_by__lte=timezone.localdate(), obsolete_at=None)
    sessions = Session.objects.visible_to(person).filter(pool=pool, ends__gte=timezone.now())
    return {
        "unanswered": _clocks(reviewing.waiting_in(pool, person)),
        "requests": _listing(requests.for_list().order_by("created", "pk")),
        "owed": _listing(owed_topics(person).filter(pool=pool)),
        "stale": _listing(due.select_related("pool").order_by("review_by", "pk")),
        "sessions": _listing(sessions.exclude(state=Session.State.CLOSED).order_by("starts")),
        "suggested": experts.suggested(pool, person)[:SHOWN],
        "tags": tagging.tags_without_expert(person, pool)[:SHOWN],
        "activity": _activity(topics),
    }


def _activity(topics: QuerySet[Topic]) -> dict[str, int]:
    """What happened in the last thirty days; `share`: of a hundred who came to ask, how many found
    it answered."""
    since = timezone.now() - RECENT
    replies = Post.objects.filter(topic__in=topics, number__gt=1)
    counted = replies.aggregate(
        answers=Count("pk", filter=Q(created__gte=since)),
        accepted=Count("pk", filter=Q(accepted_at__gte=since)),
        people=Count("author", filter=Q(created__gte=since), distinct=True),
    )
    asked = topics.filter(created__gte=since).count()
    found = Deflection.objects.filter(topic__in=topics, at__gte=since).count()
    share = round(100 * found / (found + asked)) if found else 0
    return {"asked": asked, "found": found, "share": share, **counted}
