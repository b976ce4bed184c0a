"""Requests by mail: what notifications/threads.py asks of a kind of thread."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from desk import services
from desk.models import Request, State
from desk.states import IllegalMoveError
from notifications.threads import NotTakenError
from people.models import User


class RequestThreads:
    name = "request"

    def subject(self, number: int) -> str:
        request = Request.objects.filter(pk=number).first()
        return str(request) if request else ""

    def visible_to(self, number: int, person: User) -> bool:
        return Request.objects.visible_to(person).filter(pk=number).exists()

    def words(self, number: int, event: str) -> str:
        """Nothing: requests are confidential, and mail lies open on its way."""
        return ""

    def reply(self, number: int, *, person: User, body: str, key: str) -> str:
        """The requester's answer to what the request waits for; all else is done on its page."""
        request = Request.objects.get(pk=number)
        if request.state != State.WAITING or request.requester_id != person.pk:
            raise NotTakenError(
                _(
                    "%(receipt)s takes a reply by mail only from its requester, and only while it "
                    "waits for that. Write on its page: %(url)s"
                )
                % {"receipt": request.receipt, "url": request.get_absolute_url()}
            )
        try:
            services.move(request, "resume", by=person, note=body)
        except (IllegalMoveError, PermissionDenied) as error:
            raise NotTakenError(str(error)) from None
        return request.get_absolute_url()


REQUESTS = RequestThreads()
