"""Who hears of a post, and why: the most specific thing that somebody said of it holds.

Said of a topic, of whoever writes, of a tag, of a pool: in this order. Of several tags the
highest level counts. Who said nothing hears as an expert of new questions in the own pool, and
where they are mentioned. Only people who may see the topic hear at all.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from forums import mentions
from forums.audiences import people_serving
from forums.models import Post, Topic, Watch
from notifications.services import notify
from people.audiences import people_in
from people.models import User

Level = Watch.Level


def decided(watches: Iterable[Watch]) -> Watch | None:
    """Of all that one person said about a post, what holds."""
    return max(watches, key=lambda watch: (-_rank(watch), watch.level), default=None)


def _rank(watch: Watch) -> int:
    """0 for the most specific."""
    return [bool(watch.topic_id), bool(watch.author_id), bool(watch.tag_id), True].index(True)


def why(watch: Watch) -> str:
    """The reason that a notice gives."""
    if watch.topic_id:
        return _("You watch this topic.")
    if watch.author:
        return _("You watch what %(name)s writes.") % {"name": watch.author.name}
    if watch.tag:
        return _("You watch the tag %(tag)s.") % {"tag": watch.tag.name}
    return _("You watch the pool %(pool)s.") % {"pool": watch.pool.title if watch.pool else ""}


def said_of(topic: Topic, author: User | None) -> dict[int, Watch]:
    """What each person said of a post by `author` in `topic`, decided, by person."""
    about = Q(topic=topic) | Q(pool=topic.pool_id) | Q(tag__in=topic.tags.all())
    if author:
        about |= Q(author=author)
    rows: dict[int, list[Watch]] = defaultdict(list)
    for row in Watch.objects.filter(about).select_related("author", "tag", "pool"):
        rows[row.person_id].append(row)
    return {pk: watch for pk, each in rows.items() if (watch := decided(each))}


def tell_of_topic(topic: Topic, question: Post) -> None:
    """A new topic: its watchers, and the pool's experts and leads who said nothing of it."""
    said = said_of(topic, topic.asker)
    serving = people_serving(topic.pool.code).values_list("pk", flat=True)
    served = _("You serve the pool %(pool)s.") % {"pool": topic.pool.title}
    _tell(question, f"topic:{topic.pk}:asked", topic.title, said, dict.fromkeys(serving, served))


def tell_of_reply(topic: Topic, post: Post) -> None:
    """A reply: whoever watches it in one way or another."""
    title = _("New reply: %(title)s") % {"title": topic.title}
    _tell(post, f"post:{post.pk}", title, said_of(topic, post.author), {})


def tell_of_move(topic: Topic, event: str, by: User) -> None:
    """An open question came from another pool: those who serve this one now."""
    served = _("You serve the pool %(pool)s.") % {"pool": topic.pool.title}
    said = said_of(topic, topic.asker)
    muted = {pk for pk, watch in said.items() if watch.level == Level.MUTED}
    serving = set(people_serving(topic.pool.code).values_list("pk", flat=True))
    notify(
        people_in(topic.audience).filter(pk__in=serving - muted - {by.pk}),
        event=event,
        title=_("Moved to your pool: %(title)s") % {"title": topic.title},
        reason=served,
        url=topic.get_absolute_url(),
        thread=f"topic:{topic.pk}",
    )


def tell_of_edit(topic: Topic, post: Post, by: User) -> None:
    """An edit: whom it mentions, if they have not heard of the post before."""
    event = f"topic:{topic.pk}:asked" if post.number == 1 else f"post:{post.pk}"
    _tell_mentioned(post, event, said_of(topic, post.author), by)


def _tell(
    post: Post, event: str, title: str, said: dict[int, Watch], besides: dict[int, str]
) -> None:
    _tell_mentioned(post, event, said, post.author)
    reasons = {pk: reason for pk, reason in besides.items() if pk not in said}
    reasons |= {pk: why(watch) for pk, watch in said.items() if watch.level == Level.WATCHING}
    people = defaultdict(list)
    for pk, reason in reasons.items():
        people[reason].append(pk)
    for reason, pks in people.items():
        _notify(post, pks, event=event, title=title, reason=reason, by=post.author)


def _tell_mentioned(post: Post, event: str, said: dict[int, Watch], by: User | None) -> None:
    named = mentions.people_in_text(post.body).values_list("pk", flat=True)
    pks = [pk for pk in named if pk not in said or said[pk].level != Level.MUTED]
    if pks and by:
        title = _("%(name)s mentioned you: %(title)s")
        title = title % {"name": by.name, "title": post.topic.title}
        _notify(post, pks, event=event, title=title, reason=_("You are mentioned."), by=by)


def _notify(
    post: Post, pks: list[int], *, event: str, title: str, reason: str, by: User | None
) -> None:
    people = people_in(post.topic.audience).filter(pk__in=pks)
    if by:
        people = people.exclude(pk=by.pk)
    notify(
        people,
        event=event,
        title=title,
        reason=reason,
        url=(post.topic if post.number == 1 else post).get_absolute_url(),
        thread=f"topic:{post.topic_id}",
    )
