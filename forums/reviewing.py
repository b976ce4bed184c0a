"""Whether what was answered is still true, and who sees to a question that nobody answered.

An accepted answer is looked at again a year later. Until somebody who may says that it is still
true, the page says since when nobody did; what is obsolete stays readable and sinks in search.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from forums import moving, rules
from forums.audiences import pools_served
from forums.models import ExpertPool, Post, Topic, TopicAct
from moderation.limits import check_not_silenced
from people.calendar import working_day_after
from people.models import Holiday, User

REVIEW_AFTER = timedelta(days=365)
ANSWER_WITHIN = 2  # working days
Kind = TopicAct.Kind


def begin(topic: Topic) -> None:
    """An answer was accepted: it holds for a year, and what was obsolete is so no longer."""
    topic.review_by, topic.obsolete_at = timezone.localdate() + REVIEW_AFTER, None
    topic.save(update_fields=["review_by", "obsolete_at"])


def end(topic: Topic) -> None:
    """The mark was taken away: there is nothing to review."""
    topic.review_by = None
    topic.save(update_fields=["review_by"])


@transaction.atomic
def confirm(topic: Topic, *, by: User) -> Topic:
    """Still true: the next look is in a year. An obsolete topic is current again."""
    topic = _to_review(topic, by)
    due = timezone.localdate() + REVIEW_AFTER
    if topic.review_by == due and topic.obsolete_at is None:
        return topic  # said today already
    topic.review_by, topic.obsolete_at = due, None
    topic.save(update_fields=["review_by", "obsolete_at"])
    TopicAct.objects.create(topic=topic, kind=Kind.CONFIRM, by=by)
    return topic


@transaction.atomic
def mark_obsolete(topic: Topic, *, by: User, reason: str) -> Topic:
    """No longer true, and why; repeating changes nothing."""
    topic = _to_review(topic, by)
    if topic.obsolete_at is None:
        topic.obsolete_at = timezone.now()
        topic.save(update_fields=["obsolete_at"])
        TopicAct.objects.create(topic=topic, kind=Kind.OBSOLETE, by=by, reason=reason)
    return topic


@transaction.atomic
def set_review_date(topic: Topic, *, by: User, day: date) -> Topic:
    """When somebody looks at it again, answered or not."""
    topic = _to_review(topic, by)
    if topic.review_by != day:
        topic.review_by = day
        topic.save(update_fields=["review_by"])
        TopicAct.objects.create(topic=topic, kind=Kind.REVIEW, by=by, data={"day": day.isoformat()})
    return topic


@transaction.atomic
def set_owner(topic: Topic, *, person: User, value: bool) -> Topic:
    """Take an open question on, or give it back to the pool; of two at once the first has it."""
    topic = moving.lock(topic.pk)
    if not rules.serves(person, topic.pool):
        raise PermissionDenied(_("Only experts and leads of the pool can take its questions on."))
    if value and topic.owner_id is None:
        topic.owner, kind = person, Kind.TAKE
    elif not value and topic.owner_id in (person.pk, None):
        if topic.owner_id is None:
            return topic
        topic.owner, kind = None, Kind.GIVE_BACK
    else:
        return topic
    topic.save(update_fields=["owner"])
    TopicAct.objects.create(topic=topic, kind=kind, by=person)
    return topic


def why_obsolete(topic: Topic) -> str:
    """What the pool said when it marked the topic; empty for one that is current."""
    if topic.obsolete_at is None:
        return ""
    marks = topic.acts.filter(kind=Kind.OBSOLETE).values_list("reason", flat=True)
    return marks.first() or ""


def _to_review(topic: Topic, by: User) -> Topic:
    topic = moving.lock(topic.pk)
    accepted = topic.posts.accepted().select_related("author").first()
    if not rules.may_review(by, topic, accepted):
        raise PermissionDenied(
            _("Only the pool, or whoever gave the accepted answer, can say whether it is true.")
        )
    check_not_silenced(by)
    return topic


# --- What waits -------------------------------------------------------------------------------


def stale_for(person: User) -> QuerySet[Topic]:
    """Topics whose review is due and whose owner `person` is, the longest due first.

    The owner is who gave the accepted answer, and with them the pool.
    """
    theirs = Post.objects.accepted().filter(topic=OuterRef("pk"), author=person.pk)
    rows: QuerySet[Topic] = Topic.objects.visible_to(person).filter(
        Q(pool__code__in=pools_served(person)) | Exists(theirs),
        review_by__lte=timezone.localdate(),
        obsolete_at=None,
    )
    return rows.select_related("pool").order_by("review_by", "pk")


def waiting_in(pool: ExpertPool, person: User) -> QuerySet[Topic]:
    """Questions of `pool` to which nobody but the asker replied, the oldest first."""
    return waiting_in_any([pool], person)


def waiting_in_any(
    pools: Collection[ExpertPool] | QuerySet[ExpertPool], person: User
) -> QuerySet[Topic]:
    """The same for several pools.

    What was brought in from an older forum waits for nobody here.
    """
    rows = Topic.objects.visible_to(person).filter(pool__in=pools)
    return unanswered(rows).select_related("asker", "owner").order_by("created", "pk")


def unanswered(rows: QuerySet[Topic]) -> QuerySet[Topic]:
    """Those of `rows` that are questions and have no reply of anybody but the asker."""
    by_asker = Q(author=OuterRef("asker"))
    replies = Post.objects.filter(topic=OuterRef("pk"), number__gt=1).exclude(by_asker)
    questions = rows.filter(kind=Topic.Kind.QUESTION, obsolete_at=None, imported=None)
    return questions.exclude(Exists(replies))


def leads_of(pool: ExpertPool) -> list[User]:
    """Who owns a question that nobody took on."""
    rows = pool.memberships.open().filter(role="lead").select_related("person")
    return [row.person for row in rows]


def due_by(asked: datetime, holidays: Collection[date]) -> date:
    """The working day on which a question asked then should have an answer."""
    return working_day_after(timezone.localdate(asked), ANSWER_WITHIN, holidays)


def clocks_of(topics: Sequence[Topic]) -> list[tuple[Topic, date, bool]]:
    """Each open question, the day on which it should have an answer, and whether that is over."""
    today = timezone.localdate()
    asked = min((topic.created for topic in topics), default=timezone.now())
    holidays = Holiday.objects.days(timezone.localdate(asked), today + timedelta(days=60))
    clocks = [(topic, due_by(topic.created, holidays)) for topic in topics]
    return [(topic, due, due < today) for topic, due in clocks]
