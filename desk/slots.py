"""Times for a visit or a remote session: proposed by the pool, agreed by the requester."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar

from desk import rules, services
from desk.models import Request, Slot
from forums import drafting
from forums.services import CidReuseError
from notifications.services import notify
from people.icalendars import new_calendar, new_event
from people.models import User

STATUS = {
    Slot.State.PROPOSED: "TENTATIVE",
    Slot.State.AGREED: "CONFIRMED",
    Slot.State.DECLINED: "CANCELLED",
    Slot.State.CANCELLED: "CANCELLED",
}
# What is said of a slot -> what becomes of it, and from which states.
ANSWERS = {
    "agree": (Slot.State.AGREED, {Slot.State.PROPOSED}),
    "decline": (Slot.State.DECLINED, {Slot.State.PROPOSED}),
    "cancel": (Slot.State.CANCELLED, {Slot.State.PROPOSED, Slot.State.AGREED}),
}


class SlotError(Exception):
    """The slot does not lead there any more; the message says what it is now."""


@transaction.atomic
def propose(
    request: Request, *, by: User, kind: str, starts: datetime, minutes: int, place: str, cid: UUID
) -> Slot:
    """Propose a time. Safe to repeat by `cid`. PermissionDenied unless `by` serves the pool."""
    request = services.locked(request)
    values = {
        "request": request,
        "kind": kind,
        "starts": starts,
        "minutes": minutes,
        "place": place,
    }
    known = Slot.objects.filter(proposed_by=by, cid=cid).select_related("request").first()
    if known:
        if any(getattr(known, name) != value for name, value in values.items()):
            raise CidReuseError
        return known
    if not rules.may_propose(by, request):
        raise PermissionDenied(_("Times are proposed by those who serve the pool."))
    slot = Slot.objects.create(proposed_by=by, cid=cid, **values)
    drafting.sent(by, cid)
    _tell(slot, request, by)
    return slot


@transaction.atomic
def answer(slot: Slot, verb: str, *, by: User) -> Slot:
    """Agree to, decline or cancel a slot. Safe to repeat.

    The requester agrees and declines; who serves the pool, and the requester, cancel.
    SlotError where the slot is not what it was any more.
    """
    request = services.locked(slot.request)
    slot = Slot.objects.get(pk=slot.pk)
    to, leaves = ANSWERS[verb]
    if not rules.may_answer(by, request, verb):
        raise PermissionDenied(_("The requester says whether a time suits."))
    if slot.state == to:
        return slot
    if slot.state not in leaves:
        raise SlotError(_("This time is now: %(state)s.") % {"state": slot.get_state_display()})
    slot.state, slot.changed, slot.revision = to, timezone.now(), slot.revision + 1
    slot.save(update_fields=["state", "changed", "revision"])
    _tell(slot, request, by)
    return slot


def _tell(slot: Slot, request: Request, by: User) -> None:
    concerned = Q(pk__in=[request.requester_id, request.claimed_by_id, slot.proposed_by_id])
    notify(
        User.objects.filter(concerned, is_active=True).exclude(pk=by.pk),
        event=f"request:{request.pk}:slot:{slot.pk}:{slot.revision}",
        title=f"{slot.get_kind_display()}, {slot.get_state_display()}: {request.label}",
        reason=_("You filed or work on this request."),
        url=request.get_absolute_url(),
    )


def as_calendar(slot: Slot) -> Calendar:
    """The slot for a calendar; a later file replaces an earlier one by its SEQUENCE."""
    calendar, asked = new_calendar("desk"), slot.request
    title = f"{slot.get_kind_display()}: {asked.label}"
    event = new_event(f"slot-{slot.pk}", title, asked.get_absolute_url(), at=slot.changed)
    event.add("sequence", slot.revision)
    event.add("status", STATUS[Slot.State(slot.state)])
    event.add("dtstart", slot.starts)
    event.add("dtend", slot.ends)
    event.add("location", slot.place)
    calendar.add_component(event)
    return calendar
