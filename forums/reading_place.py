"""How far somebody has read, and what came after it.

A page that is only looked at writes nothing: a script says with a light POST how far the eye
came, without one a button does, and a reply is read by whoever wrote it.
"""

from django.db import transaction
from django.db.models import F, Min, OuterRef, QuerySet, Subquery

from forums.models import Post, ReadingPosition, Topic
from people.models import User


@transaction.atomic
def read_up_to(topic: Topic, *, person: User, number: int) -> int:
    """Note that `person` has read `topic` up to post `number`; how far they have read now.

    It only grows: two devices that say different numbers, in any order, end at the greater one.
    A number that no post has counts as the last one before it.
    """
    last = topic.posts.filter(number__lte=number).order_by("-number").values_list("number").first()
    if last is None:
        return _position(topic, person)
    row, new = ReadingPosition.objects.get_or_create(
        topic=topic, person=person, defaults={"last_read": last[0]}
    )
    if not new:
        # One statement: of two at once the smaller changes nothing, whichever comes last.
        ReadingPosition.objects.filter(pk=row.pk, last_read__lt=last[0]).update(last_read=last[0])
    return _position(topic, person)


def _position(topic: Topic, person: User) -> int:
    row = ReadingPosition.objects.filter(topic=topic, person=person).first()
    return row.last_read if row else 0


def with_place(topics: QuerySet[Topic], person: User) -> QuerySet[Topic]:
    """Topics with `last_read` (nothing where they were never read) and `go_on`, the number of the
    first post after it."""
    mine = ReadingPosition.objects.filter(topic=OuterRef("pk"), person=person.pk)
    after = Post.objects.filter(topic=OuterRef("pk"), number__gt=OuterRef("last_read"))
    first = after.order_by().values("topic").annotate(first=Min("number")).values("first")
    marked: QuerySet[Topic] = topics.annotate(
        last_read=Subquery(mine.values("last_read")[:1])
    ).annotate(go_on=Subquery(first))
    return marked


def news_after(topic: Topic, number: int) -> QuerySet[Post]:
    """Posts that came after the one with `number`."""
    return topic.posts.filter(number__gt=number).order_by(F("number"))
