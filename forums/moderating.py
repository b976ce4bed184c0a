"""Posts as moderation sees them: who reads and judges them, what hiding and redacting are."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from forums import credit, moving, reviewing, rules
from forums.audiences import pool_roles
from forums.importing import line_now
from forums.models import (
    ImportedTopic,
    PoolMembership,
    Post,
    PostRevision,
    Topic,
    TopicImport,
)
from moderation.models import Act
from moderation.rules import is_moderator
from moderation.subjects import Item, Subject
from notifications.services import notify
from notifications.services import redact as redact_notices
from people.files import drop
from people.models import User

REDACTED = "[redacted]"


def visible(person) -> QuerySet:
    return Post.objects.visible_to(person).filter(redacted_at=None).values("pk")


def judged(person) -> QuerySet:
    """What `person` reads, in the pools that they lead; to moderators, in all."""
    rows = Post.objects.visible_to(person)
    if not is_moderator(person):
        lead = PoolMembership.Role.LEAD
        led = [code for code, role in pool_roles(person).items() if role == lead]
        rows = rows.filter(topic__pool__code__in=led)
    return rows.values("pk")


def judges(post_id: int) -> QuerySet[User]:
    """The leads of the pool."""
    return User.objects.filter(
        pool_memberships__ends=None,
        pool_memberships__role=PoolMembership.Role.LEAD,
        pool_memberships__pool__topics__posts=post_id,
    ).distinct()


def items(ids: Collection[int]) -> dict[int, Item]:
    rows = Post.objects.filter(pk__in=ids).select_related("topic__pool", "author")
    return {
        post.pk: Item(
            author=post.author,
            author_name=post.written_by,
            title=f"{post.topic.title}, #{post.number}",
            html=post.html,
            url=post.get_absolute_url(),
            place=post.topic.pool.title,
        )
        for post in rows
    }


def hide(post_id: int, at: datetime | None) -> None:
    """Hide a post since `at`, or show it again; a question takes its topic with it."""
    topic = moving.lock_topic_of(Post(pk=post_id))
    post = topic.posts.get(pk=post_id)
    post.hidden_at = at
    post.save(update_fields=["hidden_at"])
    if post.number == 1:
        topic.hidden_at = at
        topic.save(update_fields=["hidden_at"])


def redact(post_id: int, by: User, at: datetime) -> None:
    """Remove the text of a post wherever this room keeps it; what is left says who did it when.

    Its versions, its files, the line that it was brought in with and, of a question, the title
    and tags of every topic that it began go with it. An accepted answer is accepted no more.
    """
    topic = moving.lock_topic_of(Post(pk=post_id))
    post = topic.posts.select_related("author", "topic").get(pk=post_id)
    if post.accepted_at:
        credit.step_back(post, by=by)
        reviewing.end(topic)
    titles = set(post.revisions.exclude(title="").values_list("title", flat=True))
    post.revisions.all().delete()
    drop(post.attachments.all())
    post.body, post.html = REDACTED, ""
    post.redacted_at, post.redacted_by = at, by
    post.save(update_fields=["body", "html", "redacted_at", "redacted_by"])
    begun = Topic.objects.filter(
        Q(posts=post, posts__number=1) | Q(places__post=post, places__number=1)
    )
    for each in begun.distinct():
        titles.add(each.title)
        each.title = _("Redacted question")
        each.save(update_fields=["title"])
        each.tags.clear()
    redact_notices(titles, instead=_("Redacted"))
    _remove_imported(post)


@transaction.atomic
def redact_version(version: PostRevision, *, by: User, reason: str) -> PostRevision:
    """Remove what a post said before an edit; the other versions, and what it says now, stay.

    Gone are text and title of that version, the notices that repeat that title and the line that
    the post was brought in with. Left is who removed it, when and why. Safe to repeat.
    """
    post = Post(pk=version.post_id)
    topic = moving.lock_topic_of(post)
    post = topic.posts.select_related("author", "topic__pool").get(pk=version.post_id)
    if not rules.may_redact_version(by, post):
        raise PermissionDenied(
            _("Only leads of the pool and moderators redact a version, of what others wrote.")
        )
    version = post.revisions.get(pk=version.pk)
    if version.redacted_at:
        return version
    if version.title and version.title != topic.title:
        redact_notices({version.title}, instead=_("Redacted"))
    version.title = REDACTED if version.title else ""
    version.body, version.reason = "", ""
    version.redacted_at, version.redacted_by, version.redacted_why = timezone.now(), by, reason
    version.save()
    _remove_imported(post)
    data = {"kind": "post", "subject": post.pk, "version": version.number}
    verb = Act.Verb.REDACT_VERSION
    Act.objects.create(verb=verb, person=post.author, by=by, reason=reason, data=data)
    if post.author:
        notify(
            [post.author],
            event=f"version:{version.pk}:redacted",
            title=_("A version of one of your posts was redacted"),
            reason=reason,
            url=reverse("forums:history", args=[post.pk]),
        )
    return version


def _remove_imported(post: Post) -> None:
    """The raw line of its topics becomes what they say now, so that the old one is refused when it
    comes again; of the files that were taken into the pool nothing is kept."""
    if not post.imported:
        return
    lines = ImportedTopic.objects.filter(Q(topic__posts=post) | Q(topic__places__post=post))
    for row in lines.select_related("topic").distinct():
        row.line = line_now(row.topic) or {
            "cid": row.cid,
            "title": row.topic.title,
            "body": REDACTED,
            "author": REDACTED,
            "created": row.topic.created.isoformat(),
        }
        row.save(update_fields=["line"])
        files = TopicImport.objects.filter(pool=row.topic.pool_id).exclude(done_at=None)
        files.update(data=b"")


POSTS = Subject(
    kind="post",
    visible=visible,
    judged=judged,
    judges=judges,
    items=items,
    hide=hide,
    redact=redact,
)
