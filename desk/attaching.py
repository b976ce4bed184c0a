"""Pictures and texts at a request: sent with it, added while it goes on, taken away again."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk import rules, services
from desk.models import Request, RequestFile
from forums.models import Attachment
from moderation.limits import check_not_silenced
from notifications.services import notify
from people.files import drop
from people.models import User

MOST_FILES = 20  # at a request
COLUMNS = ("by_id", "kind", "name", "size", "width", "height", "sha256", "at")
FULL = gettext_lazy("A request has at most %(most)d files.")


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
    rows = [
        RequestFile(request=request, by=by).keep(
            name, data, there=request.files.all(), most=MOST_FILES, full=str(FULL)
        )
        for name, data in files
    ]
    new = [row for row in rows if row.pk not in there]
    if tell and new:
        _tell(request, new[0], by)
    return rows


def take_over(request: Request, files: Iterable[Attachment]) -> None:
    """Give the files that a draft kept to the request that it became, in the caller's transaction;
    forums/attaching.py released them."""
    RequestFile.objects.bulk_create(
        RequestFile(
            request=request,
            **{name: getattr(file, name) for name in COLUMNS},
            file=str(file.file),
        )
        for file in files
    )


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
    drop(RequestFile.objects.filter(pk=row.pk))
