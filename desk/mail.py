"""The desk by mail, as notifications/threads.py and notifications/doors.py ask for it."""

import re
from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from desk import catalogue, services, talking
from desk.attaching import attach
from desk.forms import FileForm
from desk.models import LONGEST_BODY, Request, Service
from forums.models import ExpertPool
from forums.writing import content_of
from moderation.limits import TooManyError
from notifications import doors
from notifications.doors import Letterbox, Opened
from notifications.threads import NotTakenError, Replied
from people.models import User

NAME = "desk"
ADDRESS = re.compile(rf"{NAME}(?:-([a-z0-9-]+))?")  # desk@, desk-networking@


class RequestThreads:
    name = "request"

    def subject(self, number: int) -> str:
        request = Request.objects.filter(pk=number).first()
        return request.label if request else ""

    def visible_to(self, number: int, person: User) -> bool:
        return Request.objects.visible_to(person).filter(pk=number).exists()

    def words(self, number: int, event: str) -> str:
        """Nothing: requests are confidential, and mail lies open on its way."""
        return ""

    def reply(
        self, number: int, *, person: User, body: str, key: str, files: Iterable[tuple[str, bytes]]
    ) -> Replied:
        """A message of the requester or the pool. Notes and steps are for the page."""
        request = Request.objects.get(pk=number)
        if len(body) > LONGEST_BODY:
            raise NotTakenError(
                _("Your reply has %(length)d letters; a message has at most %(most)d.")
                % {"length": len(body), "most": LONGEST_BODY}
            )
        try:
            message = talking.say(request, by=person, body=body, cid=UUID(key))
        except PermissionDenied as error:
            raise NotTakenError(f"{request.receipt}: {error}") from None
        except TooManyError as error:
            raise NotTakenError(
                _("That was faster than one person may write. Send it again after %(wait)s.")
                % {"wait": error}
            ) from None
        return Replied(message.get_absolute_url(), *_keep_files(request, files, by=person))


def _keep_files(request: Request, files: Iterable[tuple[str, bytes]], *, by: User) -> doors.Kept:
    """The message, or the receipt, tells of them."""
    return doors.keep_files(
        files, lambda name, data: attach(request, [(name, data)], by=by, tell=False)
    )


class DeskDoor:
    """A request to desk@, or to desk-SLUG@ for one pool. Few read it, and its requester gets the
    receipt, so it is filed at once."""

    proof = False

    def knows(self, name: str) -> bool:
        return bool(ADDRESS.fullmatch(name))

    def check(self, box: Letterbox) -> str:
        pool = _pool(box)
        _said(box, pool)
        return pool.title

    def open(self, box: Letterbox) -> Opened:
        pool = _pool(box)
        try:
            request = services.file_request(
                requester=box.person, **_said(box, pool), note=_("by mail")
            )
        except PermissionDenied as error:
            raise NotTakenError(str(error)) from None
        except TooManyError as error:
            raise NotTakenError(
                _("That was faster than one person may file. Send it again after %(wait)s.")
                % {"wait": error}
            ) from None
        files = _keep_files(request, box.files, by=box.person).told
        told = _("Filed with %(pool)s. Your receipt is %(receipt)s.")
        told %= {"pool": pool.title, "receipt": request.receipt}
        told = f"{told} {files}".strip()
        return Opened(request.get_absolute_url(), f"request:{request.pk}", told)


def address() -> str:
    """Where a request is mailed; empty where no mail comes in."""
    return doors.address(NAME)


def _said(box: Letterbox, pool: ExpertPool) -> dict:
    words = {
        "pool": pool.pk,
        "title": box.title,
        "body": box.body,
        "urgency": Request.Urgency.NORMAL,
        "cid": box.key,
    }
    form = FileForm(words, person=box.person)
    doors.checked(form)
    return content_of(form)


def _pool(box: Letterbox) -> ExpertPool:
    """The pool that is named; else the one whose services the words fit; else the one with most
    people, whose lead sends it on."""
    pools = ExpertPool.objects.visible_to(box.person)
    named = ADDRESS.fullmatch(box.name)
    if named and named[1]:
        pool = pools.filter(slug=named[1]).first()
        if pool is None:
            raise NotTakenError(_("No pool has the address %(name)s@.") % {"name": box.name})
        return pool
    offered = Service.objects.offered_to(box.person)
    fitting = catalogue.suggestions(f"{box.title} {box.body}", offered, most=1)
    if fitting:
        return fitting[0].service.pool
    serving = Q(memberships__ends=None, memberships__role__in=["expert", "lead"])
    largest = pools.annotate(hands=Count("memberships", filter=serving)).order_by("-hands", "title")
    pool = largest.first()
    if pool is None:
        raise NotTakenError(_("There is no pool yet that takes requests."))
    return pool


REQUESTS = RequestThreads()
INTAKE = DeskDoor()
