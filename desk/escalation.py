"""The ladder: who hears that a clock has run out, each rung once for each run of a clock.

The row of a rung and its notices are written in one transaction, and a constraint keeps the
rung single: the worker may be killed at any line and run twice at once.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk import dues, services
from desk.clocks import Reading, Step, steps_due
from desk.models import ClockName, Escalation, Request, SecondPool
from desk.states import HELD
from forums.audiences import people_serving
from forums.models import ExpertPool
from notifications.services import notify
from people.models import User

REASONS = {
    "expert": gettext_lazy("It is yours, or waits in your pool."),
    "lead": gettext_lazy("You lead the pool, and it is late for half a day."),
    "second": gettext_lazy("It is late for a day; its pool names yours to be asked too."),
    "secretariat": gettext_lazy("It is late for two days, and its pool has not moved."),
}
Rung = tuple[str, int, str]  # clock, run of the clock, step
Seconds = dict[int, ExpertPool]  # pool id -> the pool that is asked too


def escalate(now: datetime | None = None) -> int:
    """Fire every rung that is reached at `now` and has not fired; how many. Safe to repeat."""
    now = now or timezone.now()
    if not dues.offices_open(now):
        return 0
    late = Request.objects.open().filter(due_at__lt=now).order_by("due_at", "pk")
    requests = list(dues.with_history(late).prefetch_related("escalations"))
    holidays, seconds = dues.holidays_for(requests), seconds_now()
    return sum(
        _climb(request.pk, now, holidays, seconds)
        for request in requests
        if _missing(request, now, holidays, seconds)
    )


def seconds_now() -> Seconds:
    """Which pool is asked too for each pool that names one; a closed one is not asked."""
    rows = SecondPool.objects.filter(second__live=True).select_related("second")
    return {row.pool_id: row.second for row in rows}


def _second_of(request: Request, seconds: Seconds) -> ExpertPool | None:
    """What is confidential goes to no other pool by itself."""
    return None if request.confidential else seconds.get(request.pool_id)


def _missing(
    request: Request, now: datetime, holidays: Collection[date], seconds: Seconds
) -> list[tuple[Reading, Step]]:
    """The rungs that are reached and have not fired; a pool without a second has one less."""
    fired: set[Rung] = {(row.clock, row.cycle, row.step) for row in request.escalations.all()}
    return [
        (reading, step)
        for reading in dues.readings_of(request, holidays)
        for step in steps_due(reading, now, holidays)
        if (reading.clock, reading.cycle, step.name) not in fired
        and (step.name != "second" or _second_of(request, seconds))
    ]


@transaction.atomic
def _climb(pk: int, now: datetime, holidays: Collection[date], seconds: Seconds) -> int:
    # Read again under the lock: somebody may have claimed it, or another worker told of it.
    request = services.locked(Request(pk=pk))
    missing = _missing(request, now, holidays, seconds)
    for reading, step in missing:
        Escalation.objects.create(
            request=request,
            clock=reading.clock,
            cycle=reading.cycle,
            step=step.name,
            at=now,
        )
        second = _second_of(request, seconds)
        if step.name == "second" and second:
            services.open_to(request, second)
        _tell(request, reading, step)
    return len(missing)


def _tell(request: Request, reading: Reading, step: Step) -> None:
    notify(
        who_hears(request, step.name),
        event=f"request:{request.pk}:{reading.clock}:{reading.cycle}:{step.name}",
        title=_("Late: %(clock)s of %(request)s")
        % {"clock": ClockName(reading.clock).label, "request": request.label},
        reason=str(REASONS[step.name]),
        url=request.get_absolute_url(),
    )


def who_hears(request: Request, step: str) -> QuerySet[User]:
    """Whom a rung is for; where nobody stands on it, whoever stands on the next."""
    serving = people_serving(request.pool.code)
    if step == "expert" and request.state in HELD:
        people = User.objects.filter(pk__in=[request.claimed_by_id])
    elif step == "expert":
        people = serving
    elif step == "second" and request.second_pool:
        people = people_serving(request.second_pool.code)
    elif step == "lead":
        people = serving.filter(pool_memberships__role="lead")
    else:
        return secretariat()
    people = people.filter(is_active=True).distinct()
    return people if people.exists() else secretariat()


def secretariat() -> QuerySet[User]:
    """Who sees to what no pool sees to: administrators, who may read every request."""
    return User.objects.filter(is_superuser=True, is_active=True)
