"""Requests by mail: what notifications/threads.py asks of a kind of thread."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from desk import talking
from desk.models import LONGEST_BODY, Request
from notifications.threads import NotTakenError
from people.models import User


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

    def reply(self, number: int, *, person: User, body: str, key: str) -> str:
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
        return message.get_absolute_url()


REQUESTS = RequestThreads()
