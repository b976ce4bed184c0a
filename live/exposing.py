"""Which questions were shown to how many people, kept cheaply: until enough people saw each.

What stands first gets the votes. So a new question has its turn near the top until ENOUGH people
had it before their eyes (orders.py); after that nothing more is written about it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from live.log import Draft
from live.models import Exposure, Question
from live.orders import ENOUGH

TOLD_EVERY = timedelta(seconds=3)
AT_ONCE = 50


def note_seen(person: Any, session_id: int, numbers: Iterable[int], at: datetime) -> int:
    """`person` had these questions before the eyes; how many of them still counted."""
    wanted = [number for number in numbers if 0 < number < 2**62][:AT_ONCE]
    if not wanted:
        return 0
    questions = Question.objects.filter(
        session=session_id, pk__in=wanted, state=Question.State.VISIBLE, seen__lt=ENOUGH
    ).exclude(Q(asker=person) | Q(exposures__person=person))
    rows = [
        Exposure(question=question, person=person, session_id=session_id, at=at)
        for question in questions
    ]
    Exposure.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def due(session_id: int, at: datetime):
    """Exposures that no event has told of for a while."""
    return Exposure.objects.filter(session=session_id, counted=False, at__lte=at - TOLD_EVERY)


def draft_seen(session_id: int, at: datetime) -> Draft | None:
    """Absolute numbers of viewers of the questions with new ones."""
    if not due(session_id, at).exists():
        return None
    fresh = Exposure.objects.filter(session=session_id, counted=False)
    concerned = sorted(set(fresh.values_list("question_id", flat=True)))
    Exposure.objects.filter(question__in=concerned, counted=False).update(counted=True)
    counts = (
        Exposure.objects.filter(question__in=concerned, counted=True)
        .values_list("question_id")
        .annotate(people=Count("person"))
        .order_by("question_id")
    )
    found = [[number, people] for number, people in counts]
    for number, people in found:
        Question.objects.filter(pk=number).update(seen=people)
    return Draft("q.seen", {"seen": found})
