"""Pictures and texts at a post, as people/inert.py keeps what comes from outside."""

import hashlib

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from forums import moving, rules
from forums.models import Attachment, Post
from moderation.limits import check_not_silenced
from people.inert import FileRefusedError, reading, shown
from people.models import User

MOST_FILES = 8  # at a post


@transaction.atomic
def attach(post: Post, files: list[tuple[str, bytes]], *, by: User) -> list[Attachment]:
    """Keep `files` (names and bytes) at `post`, all or none; the same file again is the same."""
    topic = moving.lock_topic_of(post)
    post = topic.posts.select_related("topic__pool").get(pk=post.pk)
    if not rules.may_edit(by, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can add files."))
    check_not_silenced(by)
    return [_attach(post, shown(name), data, by) for name, data in files]


def _attach(post: Post, name: str, data: bytes, by: User) -> Attachment:
    sha256 = hashlib.sha256(data).hexdigest()
    known = post.attachments.filter(sha256=sha256).first()
    if known:
        return known
    if post.attachments.count() >= MOST_FILES:
        raise FileRefusedError(_("A post has at most %(most)d files.") % {"most": MOST_FILES})
    kept = reading(data, name)
    row = Attachment(
        post=post,
        by=by,
        kind=kept.kind,
        name=name,
        size=len(kept.data),
        width=kept.width,
        height=kept.height,
        sha256=sha256,
    )
    row.file.save(f"{sha256[:16]}.{kept.ending}", ContentFile(kept.data), save=False)
    row.save()
    return row


@transaction.atomic
def detach(attachment: Attachment, *, by: User) -> None:
    """Take a file away for good; repeating changes nothing."""
    topic = moving.lock_topic_of(attachment.post)
    post = topic.posts.select_related("topic__pool").get(pk=attachment.post_id)
    if not rules.may_edit(by, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can take files away."))
    Attachment.objects.filter(pk=attachment.pk).delete()
    # Only a file that no row names any more is gone: the row may come back, the file not.
    transaction.on_commit(lambda: attachment.file.storage.delete(str(attachment.file)))
