"""Merge, split and move of topics, each undone within a week; old addresses lead to the posts.

Whoever changes a topic locks it first, two of them in the order of their numbers: of two acts
at once the second sees what the first did.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from forums import credit, rules, telling
from forums.models import ExpertPool, Post, PostPlace, SameProblem, Topic, TopicAct, Watch
from moderation.limits import check_not_silenced
from people.models import User

UNDO_WITHIN = timedelta(days=7)
Kind = TopicAct.Kind


class MovingError(Exception):
    """The act is not possible; the message says why."""


# --- Finding and locking ----------------------------------------------------------------------


def last_of(topic: Topic) -> Topic:
    """Where the posts of `topic` are now: itself, or what it was merged into."""
    while topic.merged_into_id:
        topic = Topic.objects.select_related("pool").get(pk=topic.merged_into_id)
    return topic


def lock(pk: int) -> Topic:
    """The topic `pk`, or what it was merged into, locked.

    The way there is read without locks, and a lock on a topic that was merged while we waited
    is given back: whoever merges locks both in the order of their numbers, and one who holds
    the second and waits for the first would stand in their way.
    """
    while True:
        found = last_of(Topic.objects.get(pk=pk))
        before = transaction.savepoint()
        topic = _locked(found.pk)[found.pk]
        if topic.merged_into_id is None:
            transaction.savepoint_commit(before)
            return topic
        transaction.savepoint_rollback(before)


def lock_topic_of(post: Post) -> Topic:
    """The topic in which `post` is now, locked: the post may be moved while we wait."""
    while True:
        pk = Post.objects.values_list("topic_id", flat=True).get(pk=post.pk)
        before = transaction.savepoint()
        topic = _locked(pk)[pk]
        if topic.posts.filter(pk=post.pk).exists():
            transaction.savepoint_commit(before)
            return topic
        transaction.savepoint_rollback(before)


def _locked(*pks: int) -> dict[int, Topic]:
    rows = Topic.objects.select_for_update(of=("self",)).select_related("pool", "audience")
    return {topic.pk: topic for topic in rows.filter(pk__in=pks).order_by("pk")}


def place_of(topic: Topic, number: int) -> Post | None:
    """The post that has or once had `number` in `topic`."""
    post = topic.posts.filter(number=number).first()
    if post:
        return post
    place = topic.places.filter(number=number).select_related("post__topic").first()
    return place.post if place else None


def next_number(topic: Topic) -> int:
    """A number that no post of `topic` has or had: an address never means two posts."""
    now = topic.posts.aggregate(last=Max("number"))["last"] or 0
    once = topic.places.aggregate(last=Max("number"))["last"] or 0
    return max(now, once) + 1


# --- Acts -------------------------------------------------------------------------------------


@transaction.atomic
def merge(topic: Topic, *, into: Topic, by: User, reason: str = "") -> TopicAct:
    """Move all posts of `topic` to the end of `into`; `topic` becomes an address that leads there.

    Watches and "I have this too" become a union. One accepted answer stays: that of `into`; if
    it has none, that of `topic`. The other steps back, and its evidence with it.
    """
    topic, into = _both(topic.pk, into.pk)
    _need_curator(by, topic, into)
    if topic.pk == into.pk:
        raise MovingError(_("A topic cannot be merged into itself."))
    if topic.merged_into_id or into.merged_into_id:
        raise MovingError(_("One of the two was merged in the meantime. Look at it again."))
    if topic.audience_id != into.audience_id:
        raise MovingError(
            _("Only topics that the same people may read can be merged. Move one of them first.")
        )
    stepped_back = _keep_one_answer(topic, into, by)
    moved = _move_posts(list(topic.posts.order_by("number")), to=into, first=next_number(into))
    added = {"watches": _copy(Watch, topic, into, "level"), "same": _copy(SameProblem, topic, into)}
    topic.merged_into = into
    topic.save(update_fields=["merged_into"])
    _follow_answer(into, topic)
    into.updated = max(into.updated, topic.updated)
    into.save(update_fields=["updated", "review_by"])
    data = {"moved": moved, "stepped_back": stepped_back, **added}
    return _note(topic, Kind.MERGE, by, reason, other=into, data=data)


@transaction.atomic
def split(
    topic: Topic, *, posts: Iterable[Post], title: str, by: User, reason: str = ""
) -> TopicAct:
    """Make a topic of its own of some posts of `topic`; the first of them is its question.

    It has the pool, audience, kind and tags of `topic`, is asked by the author of its first post
    and watched by the authors of its posts. An accepted answer stays accepted in the new topic,
    unless it is its first post: then it steps back, and its evidence with it.
    """
    topic = _locked(topic.pk)[topic.pk]
    _need_curator(by, topic)
    chosen = list(topic.posts.filter(pk__in=[post.pk for post in posts]).order_by("number"))
    if not chosen or chosen[0].number == 1:
        raise MovingError(_("Choose one or more answers. The question itself stays."))
    first = chosen[0]
    new = Topic.objects.create(
        pool=topic.pool,
        audience=topic.audience,
        kind=topic.kind,
        title=title,
        asker=first.author,
        asker_name=first.author_name,
        cid=uuid.uuid4(),
        created=first.created,
        updated=max(post.created for post in chosen),
    )
    new.tags.set(topic.tags.names())
    new.competencies.set(topic.competencies.all())
    stepped_back = _step_back(first, by) if first.accepted_at else None
    moved = _move_posts(chosen, to=new, first=1)
    for person in User.objects.filter(posts__topic=new).distinct():
        Watch.objects.get_or_create(topic=new, person=person)
    for each in (topic, new):
        _follow_answer(each, topic)
        each.save(update_fields=["review_by"])
    data = {"moved": moved, "stepped_back": stepped_back}
    return _note(topic, Kind.SPLIT, by, reason, other=new, data=data)


@transaction.atomic
def move(topic: Topic, *, pool: ExpertPool, by: User, reason: str = "") -> TopicAct:
    """Give `topic` to another pool; who may read it follows the pool, if it did so before."""
    topic = _locked(topic.pk)[topic.pk]
    _need_curator(by, topic)
    if topic.merged_into_id or topic.pool_id == pool.pk:
        raise MovingError(_("The topic is in that pool already."))
    data = {"pool": topic.pool_id, "audience": topic.audience_id, "owner": topic.owner_id}
    if topic.audience_id == topic.pool.audience_id:
        topic.audience = pool.audience
    topic.pool, topic.owner = pool, None
    topic.save(update_fields=["pool", "audience", "owner"])
    act = _note(topic, Kind.MOVE, by, reason, data=data)
    if topic.kind == Topic.Kind.QUESTION and not topic.posts.accepted().exists():
        telling.tell_of_move(topic, f"topic:{topic.pk}:moved:{act.pk}", by)
    return act


@transaction.atomic
def undo(act: TopicAct, *, by: User) -> TopicAct:
    """Take a merge, split or move back within seven days; safe to repeat.

    What was said after the act stays where it was said.
    """
    pks = [pk for pk in (act.topic_id, act.other_id) if pk]
    topics = _locked(*pks)
    _need_curator(by, *topics.values())
    done = TopicAct.objects.filter(undoes=act).first()
    if done:
        return done
    if not may_undo(act):
        raise MovingError(_("Only a merge, split or move of the last seven days can be undone."))
    topic = topics[act.topic_id]
    if act.kind == Kind.MOVE:
        _undo_move(topic, act)
    else:
        _undo_posts(topic, topics[pks[-1]], act, by)
    return _note(topic, Kind.UNDO, by, "", other=act.other, undoes=act)


def may_undo(act: TopicAct) -> bool:
    """Whether it is an act that can be undone, and young enough; not whether it was already."""
    kinds = (Kind.MERGE, Kind.SPLIT, Kind.MOVE)
    return act.kind in kinds and timezone.now() - act.at <= UNDO_WITHIN


# --- Parts of them ----------------------------------------------------------------------------


def _both(first: int, second: int) -> tuple[Topic, Topic]:
    topics = _locked(first, second)
    return topics[first], topics[second]


def _need_curator(by: User, *topics: Topic) -> None:
    if not all(rules.may_curate(by, topic) for topic in topics):
        raise PermissionDenied(
            _("Only experts and leads of the pool can merge, split and move its topics.")
        )
    check_not_silenced(by)


def _note(topic: Topic, kind: str, by: User, reason: str, **fields: Any) -> TopicAct:
    return TopicAct.objects.create(topic=topic, kind=kind, by=by, reason=reason, **fields)


def _move_posts(posts: list[Post], *, to: Topic, first: int) -> list[list[int]]:
    """Number `posts` on in `to`, and keep where each stood: [post, number there, number here]."""
    moved = []
    for number, post in enumerate(posts, start=first):
        PostPlace.objects.create(topic_id=post.topic_id, number=post.number, post=post)
        moved.append([post.pk, post.number, number])
        post.topic, post.number = to, number
    Post.objects.bulk_update(posts, ["topic", "number"], batch_size=500)
    return moved


def _copy(model: type[Model], topic: Topic, into: Topic, *also: str) -> list[int]:
    """Give `into` the people of `topic`, with what `also` says of each; those not there before."""
    here = set(model._default_manager.filter(topic=into).values_list("person", flat=True))
    there = model._default_manager.filter(topic=topic).exclude(person__in=here)
    rows = list(there.values("person_id", *also))
    model._default_manager.bulk_create(
        [model(topic=into, **row) for row in rows], ignore_conflicts=True
    )
    return [row["person_id"] for row in rows]


def _keep_one_answer(topic: Topic, into: Topic, by: User) -> dict | None:
    """Of two accepted answers that of `topic` steps back, also where `into` is no question."""
    theirs = topic.posts.accepted().select_related("author").first()
    if theirs is None:
        return None
    if into.kind == Topic.Kind.QUESTION and not into.posts.accepted().exists():
        return None
    return _step_back(theirs, by)


def _step_back(post: Post, by: User) -> dict:
    """Take the mark away; what is needed to give it back."""
    kept = {
        "post": post.pk,
        "at": post.accepted_at.isoformat() if post.accepted_at else "",
        "by": post.accepted_by_id,
    }
    credit.step_back(post, by=by)
    return kept


def _give_back(kept: dict | None, topic: Topic) -> None:
    """The mark again, where nobody accepted another answer meanwhile; evidence with it."""
    if kept is None or topic.posts.accepted().exists():
        return
    post = topic.posts.select_related("author", "topic__pool").filter(pk=kept["post"]).first()
    if post is None or post.number == 1:
        return
    post.accepted_at = datetime.fromisoformat(kept["at"])
    post.accepted_by_id = kept["by"]
    post.save(update_fields=["accepted_at", "accepted_by"])
    if post.accepted_by:
        credit.give(post, topic, by=post.accepted_by)


def _follow_answer(topic: Topic, before: Topic) -> None:
    """A topic without an accepted answer needs no review; one that got it has the old date."""
    has = topic.posts.accepted().exists()
    topic.review_by = (topic.review_by or before.review_by) if has else None


def _undo_move(topic: Topic, act: TopicAct) -> None:
    later = topic.acts.filter(kind=Kind.MOVE, pk__gt=act.pk, undone_by=None)
    if topic.merged_into_id or later.exists():
        raise MovingError(_("The topic was moved again since. Undo that first."))
    topic.pool_id, topic.audience_id = act.data["pool"], act.data["audience"]
    topic.owner_id = act.data["owner"]
    topic.save(update_fields=["pool", "audience", "owner"])


def _undo_posts(topic: Topic, other: Topic, act: TopicAct, by: User) -> None:
    """Posts go back to their numbers; links to where they were meanwhile lead on too."""
    numbers = {pk: number for pk, number, _there in act.data["moved"]}
    posts = list(other.posts.filter(pk__in=numbers).select_related("author").order_by("number"))
    if len(posts) != len(numbers) or other.merged_into_id:
        raise MovingError(_("Some of these posts were moved again since. Undo that first."))
    if act.kind == Kind.SPLIT and other.posts.count() > len(posts):
        raise MovingError(
            _("Somebody replied in the new topic. Merge it into the old one instead.")
        )
    taken = topic.posts.accepted().exists()
    for post in posts:
        if post.accepted_at and (taken or numbers[post.pk] == 1):
            _step_back(post, by)
    PostPlace.objects.filter(topic=topic, post__in=posts).delete()
    for post in posts:
        PostPlace.objects.create(topic=other, number=post.number, post=post)
        post.topic, post.number = topic, numbers[post.pk]
    Post.objects.bulk_update(posts, ["topic", "number"], batch_size=500)
    if act.kind == Kind.MERGE:
        topic.merged_into = None
        other.watches.filter(person__in=act.data["watches"]).delete()
        other.same_problem.filter(person__in=act.data["same"]).delete()
    else:
        other.merged_into = topic  # nothing is left in it: its address leads back
    _give_back(act.data["stepped_back"], topic)
    for each, before in ((topic, other), (other, topic)):
        _follow_answer(each, before)
    topic.save(update_fields=["merged_into", "review_by"])
    other.save(update_fields=["merged_into", "review_by"])
