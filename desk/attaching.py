"""Pictures and texts at a request: sent with it, added while it goes on, taken away again."""

import hashlib
from functools import partial

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from desk import rules, services
from desk.models import Request, RequestFile
from moderation.limits import check_not_silenced
from notifications.services import notify
from people.inert import FileRefusedError, reading, shown
from people.models import User

MOST_FILES = 20  # at a request


@transaction.atomic
def attach(
    request: Request, files: list[tuple[str, bytes]], *, by: User, tell: bool = True
) -> list[RequestFile]:
    """Keep `files` (names and bytes) at `request`, all or none; the same file again is the same.

    The other side is told. PermissionDenied for who has no part in the request, and when it is
    over; FileRefusedError says which file is not taken, and why.
    """
    if not files:
        return []
    request = services.locked(request)
    if not rules.may_talk(by, request):
        raise PermissionDenied(
            _("Files are for the requester and the pool, while the request is not over.")
        )
    check_not_silenced(by)
    there = set(request.files.values_list("pk", flat=True))
    rows = [_attach(request, shown(name), data, by) for name, data in files]
    new = [row for row in rows if row.pk not in there]
    if tell and new:
        _tell(request, new[0], by)
    return rows


def _attach(request: Request, name: str, data: bytes, by: User) -> RequestFile:
    digest = hashlib.sha256(data).hexdigest()
    known = request.files.filter(sha256=digest).first()
    if known:
        return known
    if request.files.count() >= MOST_FILES:
        raise FileRefusedError(_("A request has at most %(most)d files.") % {"most": MOST_FILES})
    kept = reading(data, name)
    row = RequestFile(request=request, by=by, kind=kept.kind, name=name, sha256=digest)
    row.size, row.width, row.height = len(kept.data), kept.width, kept.height
    row.file.save(f"{digest[:16]}.{kept.ending}", ContentFile(kept.data), save=False)
    row.save()
    return row


def _tell(request: Request, row: RequestFile, by: User) -> None:
    concerned = Q(pk__in=[request.requester_id, request.claimed_by_id])
    if not request.claimed_by_id:
        concerned |= Q(pk__in=services.serving(request.pool).values("pk"))
    notify(
        User.objects.filter(concerned, is_active=True).exclude(pk=by.pk),
        event=f"request:{request.pk}:file:{row.pk}",
        title=_("Files: %(request)s") % {"request": request.label},
        reason=_("You filed, claimed or serve this request in %(pool)s.")
        % {"pool": request.pool.title},
        url=f"{request.get_absolute_url()}#files",
        thread=f"request:{request.pk}",
    )


@transaction.atomic
def detach(row: RequestFile, *, by: User) -> None:
    """Take a file away for good, also when the request is over. Safe to repeat."""
    if not rules.may_take_away(by, row):
        raise PermissionDenied(_("Only who sent a file, and the pool, can take it away."))
    RequestFile.objects.filter(pk=row.pk).delete()
    transaction.on_commit(partial(row.file.storage.delete, str(row.file)))
