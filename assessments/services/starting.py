"""A person comes to an exam: who may, and what is drawn for them."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.draws import draw
from assessments.models import (
    Accommodation,
    Attempt,
    Quiz,
    Slot,
)
from assessments.moves import make_move, need_assessor
from assessments.services.finishing import finish_overdue
from assessments.states import OPEN, Part
from people.models import User


class Refusal(NamedTuple):
    """Why somebody may not start a quiz, and where what they lack is found: title, address."""

    text: str
    way: tuple[str, str] | None = None


quiz_gates: list[Callable[[User, Quiz], Refusal | None]] = []
# The moment from which attempts count, where a certificate is renewed by this quiz; or None.
fresh_starts: list[Callable[[User, Quiz], datetime | None]] = []
SEED_BITS = 62


@transaction.atomic
def start_attempt(quiz: Quiz, *, person: User, cid: UUID) -> Attempt:
    """The person's open attempt of `quiz`, begun now unless it goes on.

    A reload, a second tab and the back button all come to the same set. PermissionDenied with
    a sentence where a gate refuses, the attempts are used up, or the quiz has no questions.
    """
    User.objects.lock(person.pk)
    finish_overdue(Attempt.objects.filter(quiz=quiz, person=person))
    known = Attempt.objects.filter(person=person, quiz=quiz)
    attempt = known.filter(state__in=OPEN).first() or known.filter(cid=cid).first()
    if attempt and attempt.state != Attempt.State.NOT_STARTED:
        return attempt
    refusal = refusal_to_start(quiz, person=person)
    if refusal:
        raise PermissionDenied(refusal.text)
    attempt = attempt or _enter(quiz, person, cid)
    _begin(attempt)
    return attempt


@transaction.atomic
def enter_candidate(quiz: Quiz, *, person: User, by: User) -> Attempt:
    """Put a person on the list of an exam before it begins. Safe to repeat."""
    User.objects.lock(person.pk)
    going_on = Attempt.objects.filter(person=person, quiz=quiz, state__in=OPEN).first()
    attempt = going_on or Attempt(quiz=quiz, person=person)
    need_assessor(by, attempt)
    if going_on:
        return going_on
    refusal = refusal_to_start(quiz, person=person)
    if refusal:
        raise PermissionDenied(refusal.text)
    return _enter(quiz, person, uuid4())


@dataclass(frozen=True)
class Entry:
    """What became of one person who was to be put on the list of an exam."""

    person: User
    refusal: str = ""  # empty: is on the list


def enter_candidates(quiz: Quiz, people: Iterable[User], *, by: User) -> list[Entry]:
    """Put many on the list; who is refused stands beside the others with the reason."""
    entries = []
    for person in people:
        try:
            enter_candidate(quiz, person=person, by=by)
        except PermissionDenied as refusal:
            entries.append(Entry(person, str(refusal)))
        else:
            entries.append(Entry(person))
    return entries


def _enter(quiz: Quiz, person: User, cid: UUID) -> Attempt:
    return Attempt.objects.create(
        quiz=quiz,
        person=person,
        number=Attempt.objects.filter(quiz=quiz, person=person).count() + 1,
        cid=cid,
        seed=secrets.randbits(SEED_BITS),
        state=Attempt.State.NOT_STARTED,
    )


def _begin(attempt: Attempt) -> None:
    given = Accommodation.objects.filter(person=attempt.person_id).first()
    extra = given.extra_percent if given else 0
    attempt.started_at = timezone.now()
    attempt.deadline = attempt.started_at + timedelta(
        seconds=attempt.quiz.minutes * 60 * (100 + extra) // 100
    )
    attempt.save(update_fields=["started_at", "deadline"])
    make_move(attempt, "begin", part=Part.CANDIDATE, by=attempt.person)
    _draw_slots(attempt)


def refusal_to_start(quiz: Quiz, *, person: User) -> Refusal | None:
    """Why the person may not start now; None if they may."""
    for gate in quiz_gates:
        if refusal := gate(person, quiz):
            return refusal
    text = _refusal_of_the_quiz(quiz, person)
    return Refusal(text) if text else None


def _refusal_of_the_quiz(quiz: Quiz, person: User) -> str | None:
    counted = quiz.attempts.filter(person=person).exclude(
        state__in=[Attempt.State.NOT_STARTED, Attempt.State.VOIDED]
    )
    for source in fresh_starts:
        if moment := source(person, quiz):
            counted = counted.filter(started_at__gte=moment)
    if counted.filter(passed=True).exists():
        return _("You have passed this quiz.")
    if counted.filter(state__in=[Attempt.State.SUBMITTED, Attempt.State.MARKING]).exists():
        return _("Your last attempt is being marked. You hear the result as soon as it is there.")
    if counted.count() >= quiz.attempts_allowed:
        return _("You have used all %(count)d attempts.") % {"count": quiz.attempts_allowed}
    if not any(part.questions().exists() for part in quiz.draws.all()):
        return _("This quiz has no questions yet.")
    return None


def _draw_slots(attempt: Attempt) -> None:
    pools = []
    current: dict[int, int] = {}
    for part in attempt.quiz.draws.all():
        rows = dict(part.questions().order_by("pk").values_list("pk", "current"))
        current |= rows
        pools.append((list(rows), part.count))
    earlier = Slot.objects.filter(attempt__person=attempt.person, attempt__quiz=attempt.quiz)
    seen = Counter(earlier.values_list("question_version__question", flat=True))
    chosen = draw(pools, seen=seen, seed=attempt.seed)
    Slot.objects.bulk_create(
        Slot(attempt=attempt, position=position, question_version_id=current[pk])
        for position, pk in enumerate(chosen, start=1)
    )


@transaction.atomic
def accommodate(
    person: User, *, by: User, reason: str, extra_percent: int, language: str, large_print: bool
) -> Accommodation:
    """Set what a person is given in every exam from now on; sittings that go on keep theirs."""
    given, _created = Accommodation.objects.update_or_create(
        person=person,
        defaults={
            "extra_percent": extra_percent,
            "language": language,
            "large_print": large_print,
            "reason": reason,
            "given_by": by,
            "given_at": timezone.now(),
        },
    )
    return given
