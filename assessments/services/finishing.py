"""The end of a sitting: handed in, given up or made void, and its result."""

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from assessments.marking import MARKED_BY_PEOPLE, NOT_MARKED, mark
from assessments.models import (
    Attempt,
    KeyCorrection,
    Marking,
    QuestionVersion,
    Slot,
)
from assessments.moves import locked, make_move, need_assessor, need_candidate
from assessments.services.answering import current_answers
from assessments.states import SAT, Part
from assessments.timing import note_life, still_due
from people.models import User

# Outlets, connected in lms/wiring.py. The first two are called inside the transaction that
# finishes an attempt, or that changes or voids a result.
attempt_finished: list[Callable[[Attempt], None]] = []
attempt_regraded: list[Callable[[Attempt], None]] = []


@transaction.atomic
def finish_attempt(attempt: Attempt) -> Attempt:
    """Hand in what was answered: marked at once, or sent to those who mark. Safe to repeat."""
    attempt = locked(attempt)
    if attempt.state not in SAT:
        return attempt
    now = timezone.now()
    if attempt.paused_at is None:
        note_life(attempt, at=now, watched=False)
    late = now > attempt.closes_at()
    return _hand_in(attempt, at=min(now, attempt.closes_at()), by_clock=late)


def finish_overdue(attempts=None) -> int:
    """Hand in the attempts whose time is over, with what was saved in time; how many.

    A silence that still lasts counts as lost time up to the cap of the quiz, as if the
    candidate came back this moment. The worker calls it; so does every look at an attempt.
    """
    rows = Attempt.objects.all() if attempts is None else attempts
    now = timezone.now()
    due = rows.filter(state__in=SAT, deadline__lt=now, paused_at__isnull=True)
    return sum(_run_over(row, now) for row in due)


@transaction.atomic
def _run_over(row: Attempt, now: datetime) -> bool:
    """Whether the attempt is over for good; until then it is marked as overdue."""
    attempt = locked(row)
    if attempt.state not in SAT or attempt.paused_at is not None or attempt.ends_at() >= now:
        return False  # somebody was quicker
    waits = still_due(attempt, at=now)
    if now <= attempt.ends_at() + waits:
        return False
    if attempt.state != Attempt.State.OVERDUE:
        make_move(attempt, "run_over", part=Part.CLOCK)
    if now <= attempt.closes_at() + waits:
        return False
    _hand_in(attempt, at=attempt.closes_at(), by_clock=True)
    return True


def _hand_in(attempt: Attempt, *, at: datetime, by_clock: bool) -> Attempt:
    part, by = (Part.CLOCK, None) if by_clock else (Part.CANDIDATE, attempt.person)
    make_move(attempt, "submit", part=part, by=by)
    attempt.submitted_at = at
    attempt.finished_by_clock = by_clock
    attempt.paused_at = None
    attempt.save(update_fields=["submitted_at", "finished_by_clock", "paused_at"])
    slots = list(attempt.slots.select_related("question_version"))
    answers = current_answers(attempt)
    keys = corrected_keys({slot.question_version_id for slot in slots})
    for_people = []
    for slot in slots:
        slot.key_version = keys.get(slot.question_version_id)
        if needs_a_person(slot, answers.get(slot.pk)):
            for_people.append(slot)
        else:
            slot.share = marked(slot, answers.get(slot.pk))
    Slot.objects.bulk_update(slots, ["share", "key_version"])
    if for_people:
        make_move(attempt, "mark", part=Part.CLOCK)
        Marking.objects.bulk_create(Marking(slot=slot) for slot in for_people)
        return attempt
    return conclude(attempt, at=at)


def needs_a_person(slot: Slot, answer: Any) -> bool:
    """An observation is marked by whoever saw it; other work only where some was handed in."""
    kind = slot.question_version.type
    if kind == QuestionVersion.Type.OBSERVATION:
        return True
    return kind in MARKED_BY_PEOPLE and answer is not None


def marked(slot: Slot, answer: Any) -> Decimal | None:
    """The share that the machine gives, by the corrected key where there is one; none for a
    text without a question."""
    version = slot.key_version or slot.question_version
    if version.type in MARKED_BY_PEOPLE:
        return Decimal(0)  # nothing was handed in
    return mark(version.type, version.content, answer)


def corrected_keys(versions: set[int]) -> dict[int, QuestionVersion]:
    """Version id -> the version whose key marks it now, for those that were corrected."""
    found: dict[int, QuestionVersion] = {}
    asked = versions
    chain = {version: version for version in versions}  # what was drawn -> the newest key
    while asked:
        rows = KeyCorrection.objects.filter(wrong__in=asked).select_related("right")
        step = {row.wrong_id: row.right for row in rows}
        for drawn, newest in list(chain.items()):
            if newest in step:
                found[drawn] = step[newest]
                chain[drawn] = step[newest].pk
        asked = {right.pk for right in step.values()}
    return found


def conclude(attempt: Attempt, *, at: datetime, by: User | None = None) -> Attempt:
    """Write the result of a locked attempt whose every slot has its share."""
    attempt.score_percent = percent_of(attempt)
    attempt.passed = attempt.score_percent >= attempt.quiz.pass_mark
    attempt.finished_at = at
    attempt.save(update_fields=["score_percent", "passed", "finished_at"])
    make_move(attempt, "finish", part=Part.MARKER if by else Part.CLOCK, by=by)
    for follow in attempt_finished:
        follow(attempt)
    return attempt


def percent_of(attempt: Attempt) -> Decimal:
    """The shares of all slots that count, in percent with two places."""
    shares = attempt.slots.exclude(question_version__type__in=NOT_MARKED)
    return percent([share or Decimal(0) for share in shares.values_list("share", flat=True)])


def percent(shares: list[Decimal]) -> Decimal:
    if not shares:
        return Decimal(0)
    exact = sum(shares, Decimal(0)) / len(shares) * 100
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@transaction.atomic
def give_up(attempt: Attempt, *, by: User, reason: str) -> Attempt:
    """End a sitting without a result; it counts as one of the attempts allowed."""
    attempt = locked(attempt)
    need_candidate(by, attempt)
    make_move(attempt, "abandon", part=Part.CANDIDATE, by=by, reason=reason)
    return attempt


@transaction.atomic
def void_attempt(attempt: Attempt, *, by: User, reason: str) -> Attempt:
    """Take an attempt out of everything that counts, for good; the reason stays."""
    attempt = locked(attempt)
    need_assessor(by, attempt)
    had_result = attempt.state == Attempt.State.FINISHED
    make_move(attempt, "void", part=Part.INVIGILATOR, by=by, reason=reason)
    attempt.passed = None
    attempt.save(update_fields=["passed"])
    Marking.objects.filter(slot__attempt=attempt, marker=None).delete()
    if had_result:
        for follow in attempt_regraded:
            follow(attempt)
    return attempt
