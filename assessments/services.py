"""Writes of the bank and of attempts."""

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import gift
from assessments.draws import draw
from assessments.marking import mark
from assessments.models import (
    Attempt,
    Category,
    Question,
    QuestionVersion,
    Quiz,
    Response,
    Slot,
)
from people.models import User

# Outlets, connected in lms/wiring.py. The first are called inside the finishing transaction.
attempt_finished: list[Callable[[Attempt], None]] = []
quiz_gates: list[Callable[[User, Quiz], str | None]] = []  # a sentence that refuses, or None

SEED_BITS = 62


class ConflictError(Exception):
    """The same client sequence came with another answer."""


class ClosedError(Exception):
    """The attempt takes no answers any more; str() is the sentence for the person."""


@dataclass
class ImportReport:
    """What an import took and refused; written only without `dry_run`."""

    taken: list[gift.Item] = field(default_factory=list)
    refused: list[gift.Refusal] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0


# --- The bank ------------------------------------------------------------------------


@transaction.atomic
def import_questions(text: str, *, category: str = "", dry_run: bool = False) -> ImportReport:
    """Take every question of a GIFT text into the bank, or refuse it by line and reason.

    `category` is the shelf of questions that stand before any `$CATEGORY` line. A question is
    known by its `::title::`; the same text again changes nothing, other text makes a new
    version. Attempts keep the version that they drew.
    """
    taken, refused = gift.parse(text, category=category)
    report = ImportReport(refused=refused)
    names: Counter[str] = Counter(item.ident for item in taken)
    for item in taken:
        if names[item.ident] > 1:
            message = _("The title %(title)s occurs twice in this file.") % {"title": item.title}
            report.refused.append(gift.Refusal(item.n, item.line, "TITLE_TWICE", message))
            continue
        report.taken.append(item)
        outcome = _store(item, dry_run=dry_run)
        setattr(report, outcome, getattr(report, outcome) + 1)
    report.refused.sort(key=lambda refusal: refusal.n)
    return report


@transaction.atomic
def keep_question(
    *, ident: str, category: str, type: str, stem: str, content: dict, feedback: str, retired: bool
) -> Question:
    """The question of the bank by that name, in a new version unless it says just this."""
    item = gift.Item(
        n=1, line=1, category=category, ident=ident, title=ident, type=type, stem=stem,
        content=content, feedback=feedback,
    )  # fmt: skip
    _store(item, dry_run=False)
    Question.objects.filter(ident=ident).update(retired=retired)
    return Question.objects.get(ident=ident)


def _store(item: gift.Item, *, dry_run: bool) -> str:
    question = Question.objects.filter(ident=item.ident).select_related("current").first()
    current = question.current if question else None
    said = (item.type, item.stem, item.content, item.feedback)
    if current and said == (current.type, current.stem, current.content, current.feedback):
        return "unchanged"
    outcome = "changed" if current else "new"
    if dry_run:
        return outcome
    shelf, _made = Category.objects.get_or_create(slug=item.category)
    if question is None:
        question = Question.objects.create(ident=item.ident, category=shelf)
    question.category = shelf
    question.current = QuestionVersion.objects.create(
        question=question,
        number=current.number + 1 if current else 1,
        type=item.type,
        stem=item.stem,
        content=item.content,
        feedback=item.feedback,
    )
    question.save(update_fields=["category", "current"])
    return outcome


# --- Attempts ------------------------------------------------------------------------


@transaction.atomic
def start_attempt(quiz: Quiz, *, person: User, cid: UUID) -> Attempt:
    """The person's open attempt of `quiz`, made now unless there is one.

    A reload, a second tab and the back button all come to the same set. PermissionDenied with
    a sentence where a gate refuses, the attempts are used up, or the quiz has no questions.
    """
    User.objects.select_for_update().get(pk=person.pk)  # one start of a person at a time
    finish_overdue(Attempt.objects.filter(quiz=quiz, person=person))
    known = Attempt.objects.filter(person=person, quiz=quiz)
    going_on = (
        known.filter(state=Attempt.State.IN_PROGRESS).first() or known.filter(cid=cid).first()
    )
    if going_on:
        return going_on
    refusal = refusal_to_start(quiz, person=person)
    if refusal:
        raise PermissionDenied(refusal)
    now = timezone.now()
    attempt = Attempt.objects.create(
        quiz=quiz,
        person=person,
        number=known.count() + 1,
        cid=cid,
        seed=secrets.randbits(SEED_BITS),
        started_at=now,
        deadline=now + timedelta(minutes=quiz.minutes),
    )
    _draw_slots(attempt)
    return attempt


def refusal_to_start(quiz: Quiz, *, person: User) -> str | None:
    """Why the person may not start now, in a sentence; None if they may."""
    for gate in quiz_gates:
        if refusal := gate(person, quiz):
            return refusal
    if quiz.attempts.filter(person=person, passed=True).exists():
        return _("You have passed this quiz.")
    if quiz.attempts.filter(person=person).count() >= quiz.attempts_allowed:
        return _("You have used all %(count)d attempts.") % {"count": quiz.attempts_allowed}
    if not quiz.draws.filter(category__questions__retired=False).exists():
        return _("This quiz has no questions yet.")
    return None


def _draw_slots(attempt: Attempt) -> None:
    pools = []
    current: dict[int, int] = {}
    for part in attempt.quiz.draws.select_related("category"):
        found = part.category.questions.filter(retired=False, current__isnull=False)
        rows = dict(found.order_by("pk").values_list("pk", "current"))
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
def save_response(slot: Slot, *, answer: Any, client_seq: int) -> Response:
    """Keep an answer. Safe to repeat: the same sequence and answer give the first row.

    ClosedError after the deadline and its grace; ConflictError if that sequence already
    carries another answer.
    """
    attempt = Attempt.objects.select_for_update().select_related("quiz").get(pk=slot.attempt_id)
    known = slot.responses.filter(client_seq=client_seq).first()
    if known:
        if known.answer != answer:
            raise ConflictError
        return known
    if not attempt.is_open(timezone.now()):
        raise ClosedError(_("The time was over when this answer came in. It does not count."))
    return Response.objects.create(slot=slot, client_seq=client_seq, answer=answer)


@transaction.atomic
def finish_attempt(attempt: Attempt) -> Attempt:
    """Mark what was answered and close the attempt. Safe to repeat."""
    attempt = (
        Attempt.objects.select_for_update().select_related("quiz", "person").get(pk=attempt.pk)
    )
    if attempt.state == Attempt.State.FINISHED:
        return attempt
    now = timezone.now()
    return _finish(attempt, at=min(now, attempt.closes_at()), by_clock=now > attempt.closes_at())


def finish_overdue(attempts=None) -> int:
    """Close the attempts whose time is over, with what was saved in time; how many.

    The worker calls it; so does every look at an attempt.
    """
    rows = Attempt.objects.all() if attempts is None else attempts
    overdue = rows.filter(
        state=Attempt.State.IN_PROGRESS, deadline__lt=timezone.now()
    ).select_related("quiz")
    late = [attempt for attempt in overdue if not attempt.is_open(timezone.now())]
    for attempt in late:
        finish_attempt(attempt)
    return len(late)


def _finish(attempt: Attempt, *, at: datetime, by_clock: bool) -> Attempt:
    slots = list(attempt.slots.select_related("question_version"))
    answers = current_answers(attempt)
    for slot in slots:
        version = slot.question_version
        slot.share = mark(version.type, version.content, answers.get(slot.pk))
    Slot.objects.bulk_update(slots, ["share"])
    attempt.score_percent = _percent([slot.share or Decimal(0) for slot in slots])
    attempt.passed = attempt.score_percent >= attempt.quiz.pass_mark
    attempt.state = Attempt.State.FINISHED
    attempt.finished_at = at
    attempt.finished_by_clock = by_clock
    attempt.save(
        update_fields=["score_percent", "passed", "state", "finished_at", "finished_by_clock"]
    )
    for follow in attempt_finished:
        follow(attempt)
    return attempt


def _percent(shares: list[Decimal]) -> Decimal:
    if not shares:
        return Decimal(0)
    exact = sum(shares, Decimal(0)) / len(shares) * 100
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def current_answers(attempt: Attempt) -> dict[int, Any]:
    """Slot id -> the answer that counts: that of the highest client sequence."""
    rows = Response.objects.filter(slot__attempt=attempt).order_by("client_seq")
    return {row.slot_id: row.answer for row in rows}
