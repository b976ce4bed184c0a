"""Pictures and texts at a post, as people/inert.py keeps what comes from outside."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forums import moving, rules
from forums.models import Attachment, Draft, Post
from moderation.limits import check_not_silenced
from people.files import drop
from people.inert import FileRefusedError
from people.models import User

MOST_FILES = 8  # at a post
FULL = gettext_lazy("A post has at most %(most)d files.")


@transaction.atomic
def attach(post: Post, files: list[tuple[str, bytes]], *, by: User) -> list[Attachment]:
    """Keep `files` (names and bytes) at `post`, all or none; the same file again is the same."""
    topic = moving.lock_topic_of(post)
    post = topic.posts.select_related("topic__pool").get(pk=post.pk)
    if not rules.may_edit(by, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can add files."))
    check_not_silenced(by)
    return [_attach(Attachment(post=post, by=by), name, data) for name, data in files]


@transaction.atomic
def attach_to_draft(draft: Draft, files: list[tuple[str, bytes]]) -> list[Attachment]:
    """Keep `files` until the draft is posted: a browser gives no file a second time by itself."""
    draft = Draft.objects.select_for_update().get(pk=draft.pk)
    rows = [Attachment(draft=draft, by_id=draft.person_id) for _file in files]
    return [_attach(row, name, data) for row, (name, data) in zip(rows, files, strict=True)]


def _attach(row: Attachment, name: str, data: bytes) -> Attachment:
    """`row` says where the file belongs."""
    there = Attachment.objects.filter(post=row.post_id, draft=row.draft_id)
    return row.keep(name, data, there=there, most=MOST_FILES, full=str(FULL))


def hand_over(draft: Draft, post: Post) -> None:
    """The files of a draft become those of its post; one that is there already goes."""
    there = post.attachments.values_list("sha256", flat=True)
    drop(draft.attachments.filter(sha256__in=list(there)))
    moved = draft.attachments.count()
    if moved and post.attachments.count() + moved > MOST_FILES:
        raise FileRefusedError(FULL % {"most": MOST_FILES})
    draft.attachments.update(post=post, draft=None)


def release(draft: Draft) -> list[Attachment]:
    """Let go of the files of a draft, in the transaction in which the caller gives them a row of
    another room: the files themselves stay."""
    rows = list(draft.attachments.all())
    draft.attachments.all().delete()
    return rows


@transaction.atomic
def detach(attachment: Attachment, *, by: User) -> None:
    """Take a file of a post away for good; repeating changes nothing."""
    if attachment.post is None:
        raise PermissionDenied(_("A file of a draft goes with the draft."))
    topic = moving.lock_topic_of(attachment.post)
    post = topic.posts.select_related("topic__pool").get(pk=attachment.post.pk)
    if not rules.may_edit(by, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can take files away."))
    drop(Attachment.objects.filter(pk=attachment.pk))
