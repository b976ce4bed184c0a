"""How the desk does, told again from the history of each request: nothing is stored."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import ceil

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from desk import dues
from desk.clocks import Clock, Event, pauses_of, readings, working_time
from desk.models import Request, RequestQuerySet, Service, Transition
from desk.states import OPEN
from forums.experts import Delivered
from people.models import User

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)
GROUPS: dict[str, Callable[[Request], str]] = {
    "pool": lambda request: request.pool.title,
    "service": lambda request: request.service.name if request.service else _("Plain request"),
    "agency": lambda request: request.organisation.name if request.organisation else _("None"),
    "dzongkhag": lambda request: request.dzongkhag.name if request.dzongkhag else _("None"),
    "officer": lambda request: _named(request.claimed_by),
}


@dataclass(frozen=True)
class Facts:
    """What the history of one request says, times in working hours."""

    response: float | None  # from filing to the pool's first word
    delivery: float | None  # from filing to the first delivery
    late: bool  # a clock ran out, whether its work was done later or not
    reopened: bool
    age: float | None  # of what is open
    hours: Decimal  # logged at the delivery
    core: bool | None  # None: nobody said of which kind it is
    shared: bool  # published as an answer for everybody


@dataclass
class Measures:
    """The same of a group of requests."""

    name: str
    facts: list[Facts] = field(default_factory=list)

    @property
    def filed(self) -> int:
        return len(self.facts)

    @property
    def open(self) -> int:
        return sum(fact.age is not None for fact in self.facts)

    @property
    def oldest(self) -> float | None:
        return max(_known(fact.age for fact in self.facts), default=None)

    @property
    def response(self) -> tuple[float | None, float | None]:
        return _median_and_p90(fact.response for fact in self.facts)

    @property
    def delivery(self) -> tuple[float | None, float | None]:
        return _median_and_p90(fact.delivery for fact in self.facts)

    @property
    def late(self) -> int | None:
        return _percent(sum(fact.late for fact in self.facts), self.filed)

    @property
    def reopened(self) -> int | None:
        return _percent(sum(fact.reopened for fact in self.facts), self._delivered)

    @property
    def shared(self) -> int | None:
        return _percent(sum(fact.shared for fact in self.facts), self._delivered)

    @property
    def shares(self) -> tuple[int | None, ...]:
        """Late, reopened and shared, in percent."""
        return self.late, self.reopened, self.shared

    @property
    def hours(self) -> Decimal:
        return sum((fact.hours for fact in self.facts), Decimal(0))

    @property
    def core(self) -> int | None:
        """How much of the logged time, of which the kind is known, was core work."""
        said = [fact for fact in self.facts if fact.core is not None]
        core = sum((fact.hours for fact in said if fact.core), Decimal(0))
        return _percent(core, sum((fact.hours for fact in said), Decimal(0)))

    @property
    def _delivered(self) -> int:
        return sum(fact.delivery is not None for fact in self.facts)


def measure(rows: RequestQuerySet, *, by: str, now: datetime) -> tuple[list[Measures], Measures]:
    """The measures of `rows` by one of GROUPS, in order of their names, and of all together."""
    requests = list(
        dues.with_history(rows).select_related(
            "pool", "service", "organisation", "dzongkhag", "claimed_by", "shared"
        )
    )
    holidays = dues.holidays_for(requests)
    whole, groups = Measures(_("All")), defaultdict[str, list[Facts]](list)
    for request in requests:
        facts = facts_of(request, now, holidays)
        whole.facts.append(facts)
        groups[GROUPS[by](request)].append(facts)
    return [Measures(name, groups[name]) for name in sorted(groups)], whole


def facts_of(request: Request, now: datetime, holidays: Collection[date]) -> Facts:
    """What the history of `request` says up to `now`; its own columns are not asked."""
    events = dues.events_of(request)
    pauses, filed = pauses_of(events), events[0].at
    rows = readings(events, request.targets, holidays)
    met = {row.clock: row.met for row in rows}
    delivered = next((event.at for event in events if event.verb == "deliver"), None)

    def passed(until: datetime | None) -> float | None:
        return working_time(filed, until, holidays, pauses) / HOUR if until else None

    kind = request.service.kind if request.service else None
    shared = getattr(request, "shared", None)
    return Facts(
        response=passed(met.get(Clock.RESPONSE)),
        delivery=passed(delivered),
        late=any(row.late(now) for row in rows),
        reopened=any(event.verb == "reopen" for event in events),
        age=passed(now) if events[-1].state in OPEN else None,
        hours=request.hours or Decimal(0),
        core=None if kind is None else kind == Service.Kind.CORE,
        shared=bool(shared and shared.topic_id),
    )


def delivered_by(people: Collection[int], now: datetime | None = None) -> dict[int, Delivered]:
    """What each of `people` delivered, and how fast: in working hours, without the time in which
    a request waited for its requester. A fixed number of queries."""
    now = now or timezone.now()
    first = Transition.objects.filter(request=OuterRef("pk"), verb="deliver").order_by("pk")
    rows = Request.objects.filter(claimed_by__in=people)
    rows = rows.annotate(handed=Subquery(first.values("at")[:1])).exclude(handed=None)
    ever = Counter(rows.values_list("claimed_by", flat=True))
    recent = list(rows.filter(handed__gte=now - YEAR).prefetch_related("transitions"))
    holidays, hours = dues.holidays_for(recent), defaultdict[int | None, list[float]](list)
    for request in recent:
        steps = [Event(step.at, step.verb, step.to_state) for step in request.transitions.all()]
        took = working_time(steps[0].at, request.handed, holidays, pauses_of(steps))
        hours[request.claimed_by_id].append(took / HOUR)
    return {
        pk: Delivered(len(hours[pk]), number, _median_and_p90(hours[pk])[0])
        for pk, number in ever.items()
        if pk is not None
    }


def _named(officer: User | None) -> str:
    """Two officers of one name are two rows."""
    return f"{officer.name} ({officer.employee_id})" if officer else _("Nobody yet")


def _known(values: Iterable[float | None]) -> list[float]:
    return sorted(value for value in values if value is not None)


def _median_and_p90(values: Iterable[float | None]) -> tuple[float | None, float | None]:
    """By nearest rank: a value that was measured, never one between two."""
    known = _known(values)
    if not known:
        return None, None
    median, p90 = (known[ceil(len(known) * share) - 1] for share in (0.5, 0.9))
    return median, p90


def _percent(part: int | Decimal, whole: int | Decimal) -> int | None:
    return round(100 * float(part) / float(whole)) if whole else None
