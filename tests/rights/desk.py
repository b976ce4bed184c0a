import uuid

from django.utils import timezone

from desk.attaching import attach
from desk.models import Advisory, Request, Slot
from tests.rights import SIGNED_IN, Right


def own_request():
    """A request of the demonstration's first pool; who serves it sees it."""
    return [Request.objects.filter(pool__code="NET").first().pk]


def a_step():
    return [*own_request(), "claim"]


def a_service():
    return ["net-network-fault"]


def a_slot():
    """A time at that request; the demonstration has none of its own."""
    request = Request.objects.get(pk=own_request()[0])
    slot, _new = Slot.objects.get_or_create(
        request=request,
        cid=uuid.UUID(int=5),
        proposed_by=request.claimed_by or request.requester,
        defaults={"starts": timezone.now(), "minutes": 30, "place": "Here"},
    )
    return [slot.pk]


def a_file():
    """A log at that request; the demonstration has none of its own."""
    request = Request.objects.get(pk=own_request()[0])
    row = request.files.first()
    return [row.pk if row else attach(request, [("a.log", b"x")], by=request.requester)[0].pk]


def an_advisory():
    """That of the demonstration, which the lead of SEC issued to all agencies."""
    return [Advisory.objects.earliest("pk").pk]


READERS = frozenset({"expert", "lead", "host", "leaver", "administrator"})
MEASURERS = frozenset({"lead", "registrar", "administrator"})
RIGHTS = {
    "desk:list": Right(SIGNED_IN),
    "desk:file": Right(SIGNED_IN),
    "desk:services": Right(SIGNED_IN),
    "desk:service": Right(SIGNED_IN, a_service),
    "desk:new_service": Right(frozenset(), refused=404),  # `?pool=` names one that is led
    "desk:second_pool": Right(frozenset({"lead", "administrator"}), lambda: ["NET"], refused=404),
    "desk:change_service": Right(frozenset({"lead", "administrator"}), a_service),
    "desk:measures": Right(MEASURERS),
    "desk:measures_csv": Right(MEASURERS, html=False),
    "desk:advisories": Right(SIGNED_IN),
    "desk:new_advisory": Right(MEASURERS),
    "desk:advisory": Right(SIGNED_IN, an_advisory),
    "desk:answer_advisory": Right(SIGNED_IN, an_advisory, status=405),
    "desk:withdraw_advisory": Right(SIGNED_IN, an_advisory, status=405),
    "desk:coverage": Right(frozenset({"registrar", "administrator"}), an_advisory),
    "desk:coverage_csv": Right(frozenset({"registrar", "administrator"}), an_advisory, html=False),
    "desk:request": Right(READERS, own_request, refused=404),
    # The demonstration's first request is not delivered: nobody drafts from it.
    "desk:share": Right(frozenset(), own_request, refused=403, hidden_from=SIGNED_IN - READERS),
    "desk:files": Right(READERS, own_request, refused=404),
    "desk:request_file": Right(READERS, a_file, refused=404, html=False),
    "desk:detach": Right(SIGNED_IN, a_file, status=405),
    "desk:say": Right(SIGNED_IN, own_request, status=405),
    "desk:propose": Right(SIGNED_IN, own_request, status=405),
    "desk:note_travel": Right(SIGNED_IN, args=a_slot, status=405),
    "desk:answer_slot": Right(SIGNED_IN, lambda: [*a_slot(), "agree"], status=405),
    "desk:slot_calendar": Right(READERS, a_slot, refused=404, html=False),
    "desk:act": Right(SIGNED_IN, a_step, status=405),
}
