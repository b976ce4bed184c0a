"""Reads of the desk that no QuerySet owns."""

from collections.abc import Collection

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When

from desk import upkeep
from desk.models import Request, State
from desk.states import HELD
from forums.audiences import pools_served
from people.holdings import Holding

_URGENT_FIRST = Case(
    When(urgency=Request.Urgency.CRITICAL, then=Value(0)),
    When(urgency=Request.Urgency.HIGH, then=Value(1)),
    When(urgency=Request.Urgency.NORMAL, then=Value(2)),
    default=Value(3),
    output_field=IntegerField(),
)


def mine(person) -> QuerySet:
    """What `person` filed: what is due first, then what is over, the newest change first."""
    rows = Request.objects.visible_to(person).filter(requester=person).for_list()
    return rows.order_by(F("due_at").asc(nulls_last=True), "-updated", "-pk")


def queue_of(person) -> QuerySet:
    """What waits in the pools that `person` serves, or asks them too: the most urgent first."""
    served = pools_served(person)
    ours = Q(pool__code__in=served) | Q(second_pool__code__in=served)
    rows = Request.objects.visible_to(person).filter(ours)
    return rows.queued().for_list().order_by(_URGENT_FIRST, "due_at", "created", "pk")


def orphans(_person) -> QuerySet:
    """What no pool serves now, for administrators, who see everything."""
    return upkeep.orphans().for_list().due_first()


def in_hand(person) -> QuerySet:
    """What `person` has claimed and not yet delivered: what is due first comes first."""
    return Request.objects.filter(claimed_by=person, state__in=HELD).for_list().due_first()


def of_the_agency(person) -> QuerySet:
    """What the colleagues of `person` filed."""
    posting = person.open_posting
    rows = Request.objects.visible_to(person).exclude(requester=person)
    return rows.filter(organisation=posting.organisation_id if posting else None).for_list()


def waiting_for(person, limit: int = 8) -> list[Request]:
    """What waits for `person`: to answer, to sign off, to work on. For "my page"."""
    asked = Request.objects.filter(
        requester=person, state__in=[State.WAITING, State.DELIVERED]
    ).for_list()
    doing = in_hand(person).exclude(state=State.WAITING)
    rows = {request.pk: request for request in [*asked[:limit], *doing[:limit]]}
    return sorted(rows.values(), key=lambda request: request.updated)[:limit]


def queue_counts(person) -> dict[str, int]:
    """Pool title -> how many requests wait there, for the pools that `person` serves."""
    served = pools_served(person)
    if not served:
        return {}
    rows = Request.objects.queued().filter(pool__code__in=served)
    return dict(rows.values_list("pool__title").annotate(Count("pk")).order_by("pool__title"))


def holdings_of(person) -> list[Holding]:
    """What a leaver would leave behind: claimed work, and own requests that are open."""
    held = [
        Holding("Claimed request", row.label, row.get_absolute_url()) for row in in_hand(person)
    ]
    filed = Request.objects.open().filter(requester=person)
    return held + [Holding("Own request", row.label, row.get_absolute_url()) for row in filed]


def loads_of(people: Collection[int]) -> dict[int, int]:
    """Person id -> how many requests each of them has in hand."""
    held = Request.objects.filter(claimed_by__in=people, state__in=HELD).order_by()
    return dict(held.values_list("claimed_by").annotate(Count("pk")))
