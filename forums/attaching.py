"""Pictures and texts at a post. Whatever comes in, only what we wrote ourselves is kept.

A picture is drawn anew (its hidden data, such as the place where it was taken, is gone), a log
or configuration is kept as UTF-8 text. Everything else is refused.
"""

import hashlib
import warnings
from io import BytesIO
from pathlib import PurePosixPath
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from forums import moving, rules
from forums.models import Attachment, Draft, Post
from forums.text import control_characters, without_control
from people.models import User

MOST_FILES = 8  # at a post
LARGEST_PICTURE = 10 * 2**20  # bytes
LARGEST_TEXT = 2**20
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 1600  # of a picture as it is kept
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_ESCAPES = str.maketrans("", "", "\x1b\x08\x0c")  # colours and pages of a terminal


class FileRefusedError(Exception):
    """Why a file is not taken; the message is for people."""


class Kept(NamedTuple):
    """What is kept of a file."""

    kind: str
    data: bytes
    width: int | None = None
    height: int | None = None


def reading(data: bytes, name: str) -> Kept:
    """What we keep of a file that was sent; FileRefusedError says why we do not."""
    if not data:
        raise FileRefusedError(_("%(name)s is empty.") % {"name": name})
    if len(data) > LARGEST_PICTURE:
        raise FileRefusedError(_("%(name)s is larger than 10 MB.") % {"name": name})
    if _begins_as_picture(data):
        return _picture(data, name)
    return _text(data, name)


def _begins_as_picture(data: bytes) -> bool:
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return webp or data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8"))


def _picture(data: bytes, name: str) -> Kept:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(data), formats=FORMATS)
        # The size stands in the first bytes: a bomb is refused before it is unpacked.
        if picture.width * picture.height > MOST_PIXELS:
            raise FileRefusedError(
                _("%(name)s has more than 40 million pixels. Make it smaller.") % {"name": name}
            )
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture)
        mode = "RGBA" if upright.has_transparency_data else "RGB"
        drawn = upright.convert(mode)
        drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        clean = Image.new(mode, drawn.size)
        clean.paste(drawn)
        out = BytesIO()
        clean.save(out, "WEBP", quality=82, method=4)
    except FileRefusedError:
        raise
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise FileRefusedError(
            _("%(name)s is no picture that can be read.") % {"name": name}
        ) from error
    return Kept(Attachment.Kind.PICTURE, out.getvalue(), *clean.size)


def _text(data: bytes, name: str) -> Kept:
    if len(data) > LARGEST_TEXT:
        raise FileRefusedError(
            _("%(name)s is larger than 1 MB. Cut out the part that matters.") % {"name": name}
        )
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if control_characters(text.translate(_ESCAPES)):
        raise FileRefusedError(
            _(
                "%(name)s is neither a picture (PNG, JPEG, WebP, GIF) nor a text such as a log or "
                "a configuration."
            )
            % {"name": name}
        )
    return Kept(Attachment.Kind.TEXT, without_control(text).encode())


def shown(name: str) -> str:
    """The name of a file as a page shows it: no path, one line, not too long."""
    last = PurePosixPath(without_control(name).replace("\\", "/")).name
    return " ".join(last.split())[-120:] or "file"


@transaction.atomic
def attach(post: Post, files: list[tuple[str, bytes]], *, by: User) -> list[Attachment]:
    """Keep `files` (names and bytes) at `post`, all or none; the same file again is the same."""
    topic = moving.lock_topic_of(post)
    post = topic.posts.select_related("topic__pool").get(pk=post.pk)
    if not rules.may_edit(by, post):
        raise PermissionDenied(_("Only the author or an expert of the pool can add files."))
    return [_attach(Attachment(post=post, by=by), shown(name), data) for name, data in files]


@transaction.atomic
def attach_to_draft(draft: Draft, files: list[tuple[str, bytes]]) -> list[Attachment]:
    """Keep `files` until the draft is posted: a browser gives no file a second time by itself."""
    draft = Draft.objects.select_for_update().get(pk=draft.pk)
    rows = [Attachment(draft=draft, by_id=draft.person_id) for _file in files]
    return [_attach(row, shown(name), data) for row, (name, data) in zip(rows, files, strict=True)]


def _attach(row: Attachment, name: str, data: bytes) -> Attachment:
    """Fill and save `row`, which says where the file belongs; the one that is there already."""
    there = Attachment.objects.filter(post=row.post_id, draft=row.draft_id)
    row.sha256 = hashlib.sha256(data).hexdigest()
    known = there.filter(sha256=row.sha256).first()
    if known:
        return known
    if there.count() >= MOST_FILES:
        raise FileRefusedError(_("A post has at most %(most)d files.") % {"most": MOST_FILES})
    kept = reading(data, name)
    row.kind, row.name, row.size = kept.kind, name, len(kept.data)
    row.width, row.height = kept.width, kept.height
    ending = "webp" if kept.kind == Attachment.Kind.PICTURE else "txt"
    row.file.save(f"{row.sha256[:16]}.{ending}", ContentFile(kept.data), save=False)
    row.save()
    return row


def hand_over(draft: Draft, post: Post) -> None:
    """The files of a draft become those of its post; one that is there already goes."""
    there = post.attachments.values_list("sha256", flat=True)
    drop(draft.attachments.filter(sha256__in=list(there)))
    moved = draft.attachments.count()
    if moved and post.attachments.count() + moved > MOST_FILES:
        raise FileRefusedError(_("A post has at most %(most)d files.") % {"most": MOST_FILES})
    draft.attachments.update(post=post, draft=None)


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


def drop(rows: QuerySet[Attachment]) -> None:
    """Delete rows, in the caller's transaction, and then their files.

    Only a file that no row names any more is gone: a row may come back, a file not.
    """
    files = [row.file for row in rows]
    rows.delete()

    def delete_files() -> None:
        for file in files:
            file.storage.delete(str(file))

    transaction.on_commit(delete_files)
