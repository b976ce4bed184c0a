"""The clocks of requests: read from their histories and the holidays, never from a stored answer.

`Request.due_at` is a copy for sorting. Every step renews it; the worker renews all of them, so
that a holiday that is named late, or a service with other targets, moves what is due.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from desk.clocks import Event, Reading, in_working_time, next_due, readings
from desk.models import Request, Service
from people.models import Holiday

AHEAD = timedelta(days=730)  # no target reaches further
BATCH = 200


def events_of(request: Request) -> list[Event]:
    """What happened to `request`, in order, as its clocks see it."""
    steps = list(request.transitions.all())
    said = [message for message in request.messages.all() if not message.internal]
    events = [
        Event(step.at, step.verb, step.to_state, step.actor_id == request.requester_id)
        for step in steps
    ]
    for message in said:  # it changes no state
        before = [step for step in steps if step.at <= message.created] or steps[:1]
        of_requester = message.author_id == request.requester_id
        events.append(Event(message.created, "message", before[-1].to_state, of_requester))
    return sorted(events, key=lambda event: event.at)


def holidays_for(requests: Iterable[Request]) -> frozenset[date]:
    """The holidays that matter to the clocks of `requests`, in one query."""
    now = timezone.now()
    first = min((request.created for request in requests), default=now)
    return Holiday.objects.days(timezone.localdate(first), timezone.localdate(now + AHEAD))


def offices_open(now: datetime) -> bool:
    """Whether `now` is working time: nobody is told anything late at another."""
    today = timezone.localdate(now)
    return in_working_time(now, Holiday.objects.days(today, today))


def readings_of(request: Request, holidays: Collection[date] | None = None) -> list[Reading]:
    """What the clocks of `request` say."""
    days = holidays_for([request]) if holidays is None else holidays
    return readings(events_of(request), request.targets, days)


def renew(request: Request) -> None:
    """Note on the row what is due next; the caller holds its lock."""
    if _note(request, holidays_for([request])):
        request.save(update_fields=["due_at", "due_clock"])


def _note(request: Request, holidays: Collection[date]) -> bool:
    row = next_due(readings_of(request, holidays))
    now: tuple[datetime | None, str] = (row.due, str(row.clock)) if row else (None, "")
    if now == (request.due_at, request.due_clock):
        return False
    request.due_at, request.due_clock = now
    return True


def with_history(rows: QuerySet[Request]) -> QuerySet[Request]:
    """Requests with all that their clocks ask for, in a fixed number of queries."""
    return rows.select_related("service").prefetch_related("transitions", "messages")


def renew_all() -> int:
    """Renew what is due of every open request; how many changed. Safe to repeat and to stop."""
    keys = list(Request.objects.open().order_by("pk").values_list("pk", flat=True))
    batches = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
    return sum(_renew_batch(batch) for batch in batches)


@transaction.atomic
def _renew_batch(keys: list[int]) -> int:
    # The lock keeps a step that is taken meanwhile from being overwritten by what was before it.
    rows = Request.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    requests = list(with_history(rows))
    holidays = holidays_for(requests)
    changed = [request for request in requests if _note(request, holidays)]
    Request.objects.bulk_update(changed, ["due_at", "due_clock"])
    return len(changed)


def renew_of(service: Service) -> int:
    """The same for the open requests of one service, whose times changed."""
    keys = service.requests.open().order_by("pk").values_list("pk", flat=True)
    return _renew_batch(list(keys))
