"""Reads of the bank and of attempts."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from assessments.models import Attempt, Question, Slot
from assessments.services import current_answers
from assessments.wording import answer_in_words, feedback_to, form_of, rich, right_in_words


@dataclass(frozen=True)
class Reviewed:
    """A slot of a finished attempt, as its review page shows it."""

    slot: Slot
    given: str  # what the person answered, in words
    right: str  # what earns full marks, in words
    feedback: str  # for this very answer, as HTML
    general: str  # as HTML

    @property
    def tone(self) -> str:
        share = self.slot.share
        return "good" if share == 1 else "bad" if not share else "warn"


def bank_questions(*, bank: str = "") -> QuerySet[Question]:
    """Questions with all that a list or a file says of them, those of one shelf or all."""
    questions = Question.objects.select_related("current", "category", "competency")
    if bank:
        questions = questions.filter(
            Q(category__slug=bank) | Q(category__slug__startswith=f"{bank}/")
        )
    return questions.prefetch_related("tags").order_by("category__slug", "ident")


def open_attempts_for(person) -> list[Attempt]:
    """Sittings that go on, the one that closes next first."""
    return list(
        Attempt.objects.filter(person=person, state=Attempt.State.IN_PROGRESS)
        .select_related("quiz")
        .order_by("deadline")
    )


def reviewed(attempt: Attempt) -> list[Reviewed]:
    answers = current_answers(attempt)
    return [
        review(slot, answers.get(slot.pk))
        for slot in attempt.slots.select_related("question_version")
    ]


def review(slot: Slot, answer: Any) -> Reviewed:
    version = slot.question_version
    kind, content = version.type, version.content
    return Reviewed(
        slot=slot,
        given=answer_in_words(kind, content, answer),
        right=right_in_words(kind, content),
        feedback=feedback_to(kind, content, answer),
        general=rich(version.feedback, form_of(content)),
    )
