"""Messages between requester and pool, and notes of those who serve it."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from desk import dues, rules, services
from desk.models import Message, Request, State
from forums import drafting
from forums.services import CidReuseError
from moderation.limits import admit
from notifications.services import notify
from people.markup import render_markdown
from people.models import User


@transaction.atomic
def say(
    request: Request,
    *,
    by: User,
    body: str,
    cid: UUID,
    internal: bool = False,
    at: datetime | None = None,
    tell: bool = True,
) -> Message:
    """Write a message, or with `internal` a note that only those who serve the pool see.

    A message of the pool starts the clock for news anew; one of the requester lets work go on
    that waited for it. Safe to repeat by `cid`; other content raises CidReuseError.
    PermissionDenied for others, and for messages about what is over.
    """
    request = services.locked(request)
    known = Message.objects.filter(author=by, cid=cid).first()
    if known:
        if (known.request_id, known.body, known.internal) != (request.pk, body, internal):
            raise CidReuseError
        return known
    _check(request, by, internal)
    admit(by, "message")
    at = at or timezone.now()
    message = Message.objects.create(
        request=request,
        author=by,
        body=body,
        html=render_markdown(body),
        internal=internal,
        cid=cid,
        created=at,
    )
    drafting.sent(by, cid)
    if not internal:
        _goes_on(request, by, at)
    if tell:
        _tell(message, request)
    return message


def _check(request: Request, by: User, internal: bool) -> None:
    if internal and not rules.may_note(by, request):
        raise PermissionDenied(_("Notes are written by those who serve the pool."))
    if not internal and not rules.may_talk(by, request):
        raise PermissionDenied(
            _("Messages are for the requester and the pool, while the request is not over.")
        )


def _goes_on(request: Request, by: User, at: datetime) -> None:
    """What a message changes at its request: it moved now, and what it waited for is there."""
    if by.pk == request.requester_id and request.state == State.WAITING:
        services.move(request, "resume", by=by, at=at, tell=False)
        return
    request.updated = max(at, request.updated)
    request.save(update_fields=["updated"])
    dues.renew(request)


def _tell(message: Message, request: Request) -> None:
    concerned = Q(pk__in=[request.claimed_by_id])
    if not message.internal:
        concerned |= Q(pk=request.requester_id)
    if message.internal or not request.claimed_by_id:
        concerned |= Q(pk__in=services.serving(request.pool).values("pk"))
    kind = _("Note") if message.internal else _("Message")
    notify(
        User.objects.filter(concerned, is_active=True).exclude(pk=message.author_id),
        event=f"request:{request.pk}:message:{message.pk}",
        title=f"{kind}: {request.label}",
        reason=_("You filed, claimed or serve this request in %(pool)s.")
        % {"pool": request.pool.title},
        url=message.get_absolute_url(),
        thread=f"request:{request.pk}",
    )
