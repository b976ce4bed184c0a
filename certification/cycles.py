"""The cycles from one certificate to the next: opened, moved by the clock, people reminded."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from certification import states
from certification.models import Credential, Cycle, CycleStep
from certification.states import Phase
from notifications.services import notify
from people.models import Holiday, Posting, User

BATCH = 200  # cycles that one transaction moves


def open_cycle(credential: Credential) -> None:
    """Begin the new cycle; the one before it is renewed and kept."""
    earlier = Cycle.objects.select_for_update().filter(
        scheme=credential.scheme, person=credential.holder
    )
    for cycle in earlier.open():
        move_cycle(cycle, Phase.RENEWED)
    if credential.valid_until is None:
        return
    Cycle.objects.create(
        credential=credential,
        person=credential.holder,
        scheme=credential.scheme,
        number=earlier.count() + 1,
        due_on=credential.valid_until,
    )


def move_cycle(cycle: Cycle | None, to: Phase, *, day: date | None = None) -> bool:
    """Move a cycle by one conditional update, so that of two workers one does it."""
    if cycle is None or not states.may_move(cycle.state, to):
        return False
    moved = Cycle.objects.filter(pk=cycle.pk, state=cycle.state).update(state=to)
    if moved:
        CycleStep.objects.create(cycle=cycle, state=to, day=day or timezone.localdate())
    return bool(moved)


def run_cycles(*, today: date | None = None) -> int:
    """Remind and let lapse what the clock says today; how many cycles moved. Safe to repeat.

    A day on which nothing is owed costs two queries for any number of cycles.
    """
    today = today or timezone.localdate()
    holidays = Holiday.objects.days(today - states.EARLIEST, today + states.EARLIEST)
    running = Cycle.objects.running_until(today + states.EARLIEST).order_by("pk")
    owed = [
        pk
        for pk, state, due_on in running.values_list("pk", "state", "due_on")
        if states.next_step(state, due_on, today, holidays)
    ]
    return sum(
        _take_steps(owed[first : first + BATCH], today, holidays)
        for first in range(0, len(owed), BATCH)
    )


@transaction.atomic
def _take_steps(cycles: Sequence[int], today: date, holidays: frozenset[date]) -> int:
    """Move each of `cycles` on as it is once locked: another worker may have been quicker."""
    rows = (
        Cycle.objects.select_for_update(of=("self",))
        .filter(pk__in=cycles)
        .for_notices()
        .order_by("pk")
    )
    steps = [
        (cycle, step)
        for cycle in rows
        if (step := states.next_step(cycle.state, cycle.due_on, today, holidays))
    ]
    for to in {step.to for _cycle, step in steps}:
        moving = [cycle.pk for cycle, step in steps if step.to == to]
        Cycle.objects.filter(pk__in=moving).update(state=to)
    CycleStep.objects.bulk_create(
        CycleStep(cycle=cycle, state=step.to, day=today) for cycle, step in steps
    )
    telling = [(cycle, step.to) for cycle, step in steps if step.tells]
    supervisors = _supervisors_of([cycle.person_id for cycle, _to in telling])
    for cycle, to in telling:
        _remind(cycle, to, today, supervisors.get(cycle.person_id))
    return len(steps)


def _supervisors_of(people: Sequence[int]) -> dict[int, User]:
    """Person -> the supervisor of the open posting, where there is one who may sign in."""
    rows = Posting.objects.open().filter(person__in=people, supervisor__is_active=True)
    return {row.person_id: row.supervisor for row in rows.select_related("supervisor")}


def _remind(cycle: Cycle, phase: Phase, today: date, supervisor: User | None) -> None:
    """Tell the holder and the supervisor."""
    names: dict[str, Any] = {
        "title": cycle.credential.title,
        "name": cycle.person.name,
        "day": cycle.due_on,
        "days": (cycle.due_on - today).days,
    }
    event = f"cycle:{cycle.pk}:{phase}"
    if cycle.person.is_active:
        notify(
            [cycle.person],
            event=event,
            title=_("“%(title)s” ends on %(day)s, in %(days)d days: renew it.") % names,
            reason=_("You hold this certificate"),
            url=cycle.scheme.get_absolute_url(),
        )
    if supervisor is not None:
        notify(
            [supervisor],
            event=event,
            title=_("“%(title)s” of %(name)s ends on %(day)s, in %(days)d days.") % names,
            reason=_("You are the supervisor of %(name)s") % names,
            url=reverse("people:person", args=[cycle.person.employee_id]),
        )
