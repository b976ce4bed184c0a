"""Writes of the forum: each is one transaction and safe to repeat."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from taggit.models import Tag

from competencies.models import Competency
from forums import (
    credit,
    drafting,
    mentions,
    moving,
    reading_place,
    reviewing,
    rules,
    tagging,
    telling,
)
from forums.models import (
    Deflection,
    ExpertPool,
    Post,
    PostRevision,
    SameProblem,
    Topic,
    TopicAct,
    Watch,
)
from moderation.limits import admit
from people.models import Audience, User


class CidReuseError(Exception):
    """The same client id came with other content."""


class EditConflictError(Exception):
    """Somebody else edited the post in between."""


@transaction.atomic
def ask(
    *,
    pool: ExpertPool,
    author: User,
    title: str,
    body: str,
    cid: UUID,
    kind: str = Topic.Kind.QUESTION,
    competencies: Iterable[Competency] = (),
    tags: Iterable[str] = (),
    audience: Audience | None = None,
    at: datetime | None = None,
    tell: bool = True,
    limited: bool = True,
) -> Topic:
    """Open a topic in `pool`; forums/telling.py says who hears of it, its asker watches it.

    Repeating it with the same `cid` gives the first topic; other content raises CidReuseError.
    `limited` is off where the author does not write now: content that is brought in, and what
    follows from another act. Else moderation/limits.py says whether they may.
    """
    User.objects.lock(author.pk)
    known = Topic.objects.filter(asker=author, cid=cid).first()
    if known:
        # Compared with what was sent first: an edit does not turn a repeat into a reuse.
        if not _asked_so(known, title, body) or pool.pk not in _pools_of(known):
            raise CidReuseError
        return moving.last_of(known)
    if limited:
        admit(author, "topic")
    at = at or timezone.now()
    topic = Topic.objects.create(
        pool=pool,
        kind=kind,
        title=title,
        asker=author,
        audience=audience or pool.audience,
        cid=cid,
        created=at,
        updated=at,
    )
    topic.competencies.set(competencies)
    topic.tags.set(tagging.meant(tags))
    question = _post(topic, number=1, author=author, body=body, cid=cid, at=at)
    drafting.settle(author, cid, question)
    Watch.objects.create(topic=topic, person=author)
    if not tell:
        return topic
    telling.tell_of_topic(topic, question)
    return topic


@transaction.atomic
def reply(
    topic: Topic,
    *,
    author: User,
    body: str,
    cid: UUID,
    at: datetime | None = None,
    tell: bool = True,
    limited: bool = True,
) -> Post:
    """Answer in `topic`, or in what it was merged into; who watches it is told. Safe to repeat.

    `limited` as in `ask`.
    """
    User.objects.lock(author.pk)  # before the topic, as in `ask`
    topic = moving.lock(topic.pk)
    known = Post.objects.filter(author=author, cid=cid).first()
    if known:
        stood_here = known.topic_id == topic.pk or known.places.filter(topic=topic).exists()
        if not stood_here or not _said_so(known, body):
            raise CidReuseError
        return known
    if limited:
        admit(author, "post")
    at = at or timezone.now()
    post = _post(topic, number=moving.next_number(topic), author=author, body=body, cid=cid, at=at)
    drafting.settle(author, cid, post)
    topic.updated = at
    topic.save(update_fields=["updated"])
    Watch.objects.get_or_create(topic=topic, person=author)
    reading_place.read_up_to(topic, person=author, number=post.number)
    if not tell:
        return post
    telling.tell_of_reply(topic, post)
    return post


def _post(topic: Topic, **fields) -> Post:
    at = fields.pop("at")
    return Post.objects.create(
        topic=topic, html=mentions.rendered(fields["body"]), created=at, **fields
    )


def _said_so(post: Post, body: str) -> bool:
    """Whether the post said this when it was sent; of what was redacted nobody can say more."""
    first = post.revisions.filter(number=1).first()
    if first and first.redacted_at:
        return True
    return (first.body if first else post.body) == body


def _asked_so(topic: Topic, title: str, body: str) -> bool:
    """Whether the topic had this title and this text when it was sent."""
    question = moving.place_of(topic, 1)
    if question is None:  # a topic always has or had its question
        return False
    retitled = question.revisions.exclude(title="").order_by("number").first()
    if retitled is None or retitled.redacted_at is None:
        first_title = retitled.title if retitled else topic.title
        if first_title != title:
            return False
    return _said_so(question, body)


def _pools_of(topic: Topic) -> set[int]:
    """Where the topic is and was: it may have been moved since it was sent."""
    moves = topic.acts.filter(kind=TopicAct.Kind.MOVE)
    return {topic.pool_id, *moves.values_list("data__pool", flat=True)}


@transaction.atomic
def edit_post(
    post: Post,
    *,
    by: User,
    body: str,
    revision: int,
    reason: str = "",
    title: str = "",
    cid: UUID | None = None,
) -> Post:
    """Change what a post says; what it said before is kept with editor and reason.

    `title` changes the topic's title, with post 1 only; empty leaves it. `cid` names the draft
    of this edit, which is then gone.

    EditConflictError where `revision` is no longer the newest: somebody edited in between.
    """
    topic = moving.lock_topic_of(post)
    post = topic.posts.select_related("topic__pool").get(pk=post.pk)
    if not rules.may_edit(by, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can edit a post."))
    retitle = bool(title) and post.number == 1 and title != topic.title
    changed = post.body != body or retitle
    if changed and post.revision != revision:
        raise EditConflictError
    if cid:
        drafting.settle(by, cid, post)
    if not changed:
        return post
    admit(by, "edit")
    PostRevision.objects.create(
        post=post,
        number=post.revision,
        title=topic.title if retitle else "",
        body=post.body,
        editor=by,
        reason=reason,
    )
    if retitle:
        topic.title = title
        topic.save(update_fields=["title"])
    post.body, post.html, post.revision = body, mentions.rendered(body), post.revision + 1
    post.save(update_fields=["body", "html", "revision"])
    telling.tell_of_edit(topic, post, by)
    return post


@transaction.atomic
def restore(post: Post, revision: PostRevision, *, by: User) -> Post:
    """Let `post` say again what it said in `revision`: a new edit, so nothing is lost."""
    if revision.redacted_at:
        raise PermissionDenied(_("This version was redacted: there is nothing to bring back."))
    post = Post.objects.select_related("topic").get(pk=post.pk)
    title = ""
    if post.number == 1:  # the title of that time is the next one that an edit replaced
        later = post.revisions.filter(number__gte=revision.number).exclude(title="")
        replaced = later.order_by("number").first()
        title = replaced.title if replaced and replaced.redacted_at is None else ""
    reason = _("Version %(number)d again") % {"number": revision.number}
    return edit_post(
        post, by=by, body=revision.body, revision=post.revision, reason=reason, title=title
    )


@transaction.atomic
def accept_answer(post: Post, *, by: User, at: datetime | None = None) -> Post:
    """Make `post` its topic's accepted answer; forums/credit.py says whose evidence it is.

    Safe to repeat. An earlier accepted answer steps back in the same transaction, and its
    author's evidence with it. Accepted by its own author first and by somebody else later, an
    answer earns its evidence then.
    """
    topic = _topic_to_judge(post, by)
    if post.number == 1 or topic.kind != Topic.Kind.QUESTION:
        raise PermissionDenied(_("Only an answer to a question can be accepted."))
    post = topic.posts.select_related("author", "topic").get(pk=post.pk)
    previous = topic.posts.accepted().first()
    if previous == post and post.accepted_by_id in (by.pk, None):
        return post
    if previous and previous != post:
        credit.step_back(previous, by=by)
    if previous != post:
        post.accepted_at = at or timezone.now()
    if previous != post or post.accepted_by_id == post.author_id:
        post.accepted_by = by
    post.save(update_fields=["accepted_at", "accepted_by"])
    credit.give(post, topic, by=by)
    reviewing.begin(topic)
    return post


@transaction.atomic
def unaccept_answer(post: Post, *, by: User) -> Post:
    """Take the mark away: the topic is open again. Safe to repeat."""
    topic = _topic_to_judge(post, by)
    post = topic.posts.get(pk=post.pk)
    if post.accepted_at:
        credit.step_back(post, by=by)
        reviewing.end(topic)
    return post


def _topic_to_judge(post: Post, by: User) -> Topic:
    """The topic, locked: of two who accept at once, the second sees what the first did."""
    topic = moving.lock_topic_of(post)
    if not rules.may_accept(by, topic):
        raise PermissionDenied(
            _("Only the person who asked, or an expert of the pool, can accept an answer.")
        )
    return topic


def set_same_problem(topic: Topic, *, person: User, value: bool) -> None:
    """ "I have this too", on or off; repeating changes nothing."""
    if value:
        SameProblem.objects.get_or_create(topic=topic, person=person)
    else:
        SameProblem.objects.filter(topic=topic, person=person).delete()


def note_deflection(topic: Topic, *, person: User) -> None:
    """ "This answers it", found before asking; repeating changes nothing."""
    Deflection.objects.get_or_create(topic=topic, person=person)


def watch(person: User, topic: Topic, *, value: bool = True) -> None:
    """Hear of replies, or no longer; repeating changes nothing."""
    set_level(person, topic, Watch.Level.WATCHING if value else None)


def set_level(person: User, thing: Topic | User | Tag | ExpertPool, level: int | None) -> None:
    """How much `person` wants to hear of a topic, a person, a tag or a pool; None forgets it.

    Repeating changes nothing.
    """
    names = {Topic: "topic", User: "author", Tag: "tag", ExpertPool: "pool"}
    about: dict[str, Any] = {names[type(thing)]: thing}
    if level is None:
        Watch.objects.filter(person=person, **about).delete()
    else:
        Watch.objects.update_or_create(person=person, **about, defaults={"level": level})
