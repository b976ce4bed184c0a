"""Times for a visit or a remote session: proposed by the pool, agreed by the requester."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from desk import dues, rules, services
from desk.models import Request, Slot
from desk.states import OVER
from forums import drafting
from forums.services import CidReuseError
from moderation.limits import check_not_silenced
from notifications.models import Notice
from notifications.services import notify
from people.calendar import office_hours, working_day_at_or_before
from people.icalendars import new_calendar, new_event
from people.models import Holiday, User

if TYPE_CHECKING:
    from icalendar import Calendar

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


COMING = frozenset({Slot.State.PROPOSED, Slot.State.AGREED})
FURTHEST = timedelta(days=30)  # no row of holidays is longer


class SlotError(Exception):
    """The slot does not lead there any more; the message says what it is now."""


@transaction.atomic
def propose(
    request: Request,
    *,
    by: User,
    kind: str,
    starts: datetime,
    minutes: int,
    place: str,
    cid: UUID,
    travel: str = "",
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
    check_not_silenced(by)
    slot = Slot.objects.create(proposed_by=by, cid=cid, **values)
    drafting.sent(by, cid)
    _tell(slot, request, by)
    return slot


@transaction.atomic
def note_travel(slot: Slot, *, by: User, travel: str) -> Slot:
    """Say of a visit who approved the travel, and how. Safe to repeat.

    PermissionDenied unless `by` serves the pool; SlotError for what is no visit any more.
    """
    request = services.locked(slot.request)
    slot = Slot.objects.get(pk=slot.pk)
    if not rules.may_propose(by, request):
        raise PermissionDenied(_("Those who serve the pool note the travel."))
    check_not_silenced(by)
    if slot.kind != Slot.Kind.VISIT or slot.state not in COMING:
        raise SlotError(_("There is no visit any more to travel to."))
    if slot.travel != travel:
        slot.travel, slot.revision = travel, slot.revision + 1
        slot.save(update_fields=["travel", "revision"])
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


def remind(now: datetime | None = None) -> int:
    """Remind both sides of an agreed time, once, when the offices open on the working day before;
    how many times. Who agreed later than that has just heard of it. Safe to repeat."""
    now = now or timezone.now()
    if not dues.offices_open(now):
        return 0
    coming = Slot.objects.filter(
        state=Slot.State.AGREED, starts__gt=now, starts__lt=now + FURTHEST, changed__lt=now
    ).exclude(request__state__in=OVER)
    today = timezone.localdate(now)
    holidays = Holiday.objects.days(today - FURTHEST, today + FURTHEST)
    due = {
        f"request:{slot.request_id}:slot:{slot.pk}:reminder": slot
        for slot in coming.select_related("request__pool")
        if slot.changed < _reminder_at(slot, holidays) <= now
    }
    told = Notice.objects.filter(event__in=due).values_list("event", flat=True)
    for event in due.keys() - set(told):
        _remind(due[event], event)
    return len(due.keys() - set(told))


def _reminder_at(slot: Slot, holidays: Collection[date]) -> datetime:
    before = timezone.localdate(slot.starts) - timedelta(days=1)
    return office_hours(working_day_at_or_before(before, holidays))[0]


def _remind(slot: Slot, event: str) -> None:
    starts = date_format(timezone.localtime(slot.starts), "l, j F, H:i")
    notify(
        _concerned(slot, slot.request),
        event=event,
        title=f"{slot.get_kind_display()}, {starts}: {slot.request.label}",
        reason=_("You agreed on this time."),
        url=f"{slot.request.get_absolute_url()}#slots",
    )


def _concerned(slot: Slot, request: Request) -> QuerySet[User]:
    people = Q(pk__in=[request.requester_id, request.claimed_by_id, slot.proposed_by_id])
    return User.objects.filter(people, is_active=True)


def _tell(slot: Slot, request: Request, by: User) -> None:
    notify(
        _concerned(slot, request).exclude(pk=by.pk),
        event=f"request:{request.pk}:slot:{slot.pk}:{slot.revision}",
        title=f"{slot.get_kind_display()}, {slot.get_state_display()}: {request.label}",
        reason=_("You filed or work on this request."),
        url=request.get_absolute_url(),
    )


def as_calendar(slot: Slot) -> "Calendar":
    """The slot for a calendar; a later file replaces an earlier one by its SEQUENCE."""
    calendar, asked = new_calendar("desk"), slot.request
    title = f"{slot.get_kind_display()}: {asked.label}"
    event = new_event(f"slot-{slot.pk}", title, asked.get_absolute_url(), at=slot.changed)
    event.add("sequence", slot.revision)
    event.add("status", STATUS[Slot.State(slot.state)])
    event.add("dtstart", slot.starts)
    event.add("dtend", slot.ends)
    event.add("location", slot.place)
    if slot.travel:
        event.add("description", _("Travel: %(note)s") % {"note": slot.travel})
    calendar.add_component(event)
    return calendar
