"""Writes of the forum: each is one transaction and safe to repeat."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from competencies.models import Competency, Evidence, Level
from competencies.services import record_evidence
from forums import rules
from forums.models import (
    ExpertPool,
    PoolMembership,
    Post,
    PostRevision,
    SameProblem,
    Topic,
    Watch,
)
from notifications.services import notify
from people.markup import render_markdown
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
    audience: Audience | None = None,
    at: datetime | None = None,
) -> Topic:
    """Open a topic in `pool`; its experts and leads are told, its asker watches it.

    Repeating it with the same `cid` gives the first topic; other content raises CidReuseError.
    """
    ExpertPool.objects.select_for_update().get(pk=pool.pk)
    known = Topic.objects.filter(asker=author, cid=cid).first()
    if known:
        if known.title != title or known.posts.get(number=1).body != body:
            raise CidReuseError
        return known
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
    _post(topic, number=1, author=author, body=body, cid=cid, at=at)
    Watch.objects.create(topic=topic, person=author)
    serving = PoolMembership.objects.serving().filter(pool=pool).exclude(person=author)
    notify(
        User.objects.filter(pk__in=serving.values("person")),
        event=f"topic:{topic.pk}:asked",
        title=title,
        reason=_("You serve the pool %(pool)s.") % {"pool": pool.title},
        url=topic.get_absolute_url(),
    )
    return topic


@transaction.atomic
def reply(topic: Topic, *, author: User, body: str, cid: UUID, at: datetime | None = None) -> Post:
    """Answer in `topic`; who watches it is told. Safe to repeat."""
    topic = Topic.objects.select_for_update().get(pk=topic.pk)
    known = Post.objects.filter(author=author, cid=cid).first()
    if known:
        if known.topic_id != topic.pk or known.body != body:
            raise CidReuseError
        return known
    at = at or timezone.now()
    last = topic.posts.order_by("-number").values_list("number", flat=True).first() or 0
    post = _post(topic, number=last + 1, author=author, body=body, cid=cid, at=at)
    topic.updated = at
    topic.save(update_fields=["updated"])
    Watch.objects.get_or_create(topic=topic, person=author)
    notify(
        User.objects.filter(watches__topic=topic).exclude(pk=author.pk),
        event=f"post:{post.pk}",
        title=_("New reply: %(title)s") % {"title": topic.title},
        reason=_("You watch this topic."),
        url=post.get_absolute_url(),
    )
    return post


def _post(topic: Topic, **fields) -> Post:
    at = fields.pop("at")
    return Post.objects.create(
        topic=topic, html=render_markdown(fields["body"]), created=at, **fields
    )


@transaction.atomic
def edit_post(post: Post, *, by: User, body: str, revision: int, reason: str = "") -> Post:
    """Change what a post says; what it said before is kept with editor and reason.

    EditConflictError where `revision` is no longer the newest: somebody edited in between.
    """
    post = Post.objects.select_for_update().select_related("topic").get(pk=post.pk)
    if not rules.may_edit(by, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can edit a post."))
    if post.body == body:
        return post
    if post.revision != revision:
        raise EditConflictError
    PostRevision.objects.create(
        post=post, number=post.revision, body=post.body, editor=by, reason=reason
    )
    post.body, post.html, post.revision = body, render_markdown(body), post.revision + 1
    post.save(update_fields=["body", "html", "revision"])
    return post


@transaction.atomic
def accept_answer(post: Post, *, by: User) -> Post:
    """Make `post` its topic's accepted answer, and evidence for an expert who wrote it.

    Safe to repeat; an earlier one steps back. Evidence follows the first acceptance of each
    answer by an expert of the pool, at the level Experienced: the answer solved somebody
    else's problem. Nobody earns evidence with an answer to their own question.
    """
    topic = Topic.objects.select_for_update().select_related("pool").get(pk=post.topic_id)
    if not rules.may_accept(by, topic):
        raise PermissionDenied(
            _("Only the person who asked, or an expert of the pool, can accept an answer.")
        )
    if post.number == 1:
        raise PermissionDenied(_("A question is not its own answer."))
    previous = topic.posts.accepted().first()
    if previous == post:
        return previous
    topic.posts.accepted().update(accepted_at=None)
    post.accepted_at = timezone.now()
    post.save(update_fields=["accepted_at"])
    if post.author_id != topic.asker_id and rules.serves(post.author, topic.pool):
        _record(post, topic, by)
    return post


def _record(post: Post, topic: Topic, by: User) -> None:
    for competency in topic.competencies.select_related("framework"):
        level = Level.objects.get(framework=competency.framework, order=2)
        record_evidence(
            person=post.author,
            competency=competency,
            level=level,
            kind=Evidence.Kind.ACCEPTED_ANSWER,
            source=post,
            assessor=by,
        )


def set_same_problem(topic: Topic, *, person: User, value: bool) -> None:
    """ "I have this too", on or off; repeating changes nothing."""
    if value:
        SameProblem.objects.get_or_create(topic=topic, person=person)
    else:
        SameProblem.objects.filter(topic=topic, person=person).delete()


def watch(person: User, topic: Topic, *, value: bool = True) -> None:
    """Hear of replies, or no longer; repeating changes nothing."""
    if value:
        Watch.objects.get_or_create(topic=topic, person=person)
    else:
        Watch.objects.filter(topic=topic, person=person).delete()
