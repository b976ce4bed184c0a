"""Writes of attempts; those of the bank are in assessments/bank.py."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.draws import draw
from assessments.marking import MARKED_BY_PEOPLE, NOT_MARKED, mark
from assessments.models import (
    Accommodation,
    Attempt,
    KeyCorrection,
    Marking,
    QuestionVersion,
    Quiz,
    Response,
    Slot,
)
from assessments.moves import locked, make_move, need_assessor, need_candidate
from assessments.states import OPEN, SAT, Part
from assessments.timing import note_life, still_due
from people.models import User


class Refusal(NamedTuple):
    """Why somebody may not start a quiz, and where what they lack is found: title, address."""

    text: str
    way: tuple[str, str] | None = None


# Outlets, connected in lms/wiring.py. The first two are called inside the transaction that
# finishes an attempt, or that changes or voids a result.
attempt_finished: list[Callable[[Attempt], None]] = []
attempt_regraded: list[Callable[[Attempt], None]] = []
quiz_gates: list[Callable[[User, Quiz], Refusal | None]] = []
# The moment from which attempts count, where a certificate is renewed by this quiz; or None.
fresh_starts: list[Callable[[User, Quiz], datetime | None]] = []

SEED_BITS = 62


class ConflictError(Exception):
    """The answer was given without knowing `latest`, which another browser gave meanwhile."""

    def __init__(self, latest: Response):
        super().__init__(str(latest))
        self.latest = latest


class ClosedError(Exception):
    """The attempt takes no answers any more; str() is the sentence for the person."""


class PausedError(Exception):
    """The attempt takes no answers until an invigilator lets it go on."""


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
def save_response(
    slot: Slot,
    *,
    answer: Any,
    client_seq: int,
    client: UUID | None = None,
    base: int | None = None,
    watched: bool = True,
) -> Response:
    """Keep an answer. Safe to repeat: the same sequence and answer give the first row.

    A browser counts its sequences over all its tabs. `base` is the last sequence of the slot
    that it knew of: ConflictError where another browser has answered since, or where that
    sequence already carries another answer, so that an answer which was long under way never
    takes the place of a newer one unseen. PausedError while an invigilator has stopped the
    clock; ClosedError after the deadline, what was granted, and the grace.
    """
    attempt = locked(slot.attempt)
    rows = slot.responses.order_by("-client_seq")
    known = rows.filter(client_seq=client_seq).first()
    if known and known.answer == answer:
        return known
    if known:
        raise ConflictError(rows[0])
    if base is not None:
        newer = rows.filter(client_seq__gt=base).exclude(client=client).first()
        if newer:
            raise ConflictError(newer)
    if attempt.paused_at is not None:
        raise PausedError
    now = timezone.now()
    if attempt.state in SAT:
        note_life(attempt, at=now, watched=watched)
    if not attempt.is_open(now):
        raise ClosedError(_("The time was over when this answer came in. It does not count."))
    return Response.objects.create(
        slot=slot, client_seq=client_seq, client=client, answer=answer, received_at=now
    )


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


def current_answers(attempt: Attempt) -> dict[int, Any]:
    """Slot id -> the answer that counts: that of the highest client sequence."""
    return {slot: row.answer for slot, row in latest_responses(attempt).items()}


def latest_responses(attempt: Attempt) -> dict[int, Response]:
    """Slot id -> the row of its journal that counts."""
    rows = Response.objects.filter(slot__attempt=attempt).order_by("client_seq")
    return {row.slot_id: row for row in rows}


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
