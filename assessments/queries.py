"""Reads of the bank and of attempts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from assessments.models import Attempt, Question, QuestionVersion, Quiz, Response, Slot
from assessments.services import current_answers
from assessments.statistics import Sitting, Statistics, chosen_options, right_options, statistics
from assessments.wording import answer_in_words, feedback_to, form_of, rich, right_in_words

MOST_SITTINGS = 5_000  # that statistics look at


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


def with_uses(questions: QuerySet[Question]) -> QuerySet[Question]:
    """Each question with `uses`: in so many attempts."""
    slots = Slot.objects.filter(question_version__question=OuterRef("pk")).order_by()
    count = slots.values("question_version__question").annotate(n=Count("pk")).values("n")
    return questions.annotate(uses=Coalesce(Subquery(count), 0))


def quizzes_of(question: Question) -> QuerySet[Quiz]:
    """Quizzes that draw from the question's category, or drew it once."""
    drawn = Slot.objects.filter(question_version__question=question)
    return Quiz.objects.filter(
        Q(draws__category=question.category) | Q(attempts__slots__in=drawn)
    ).distinct()


def versions_with_statistics(question: Question) -> list[tuple[QuestionVersion, Statistics]]:
    """Every version with how it did in the latest finished attempts; three queries for all."""
    slots = list(
        Slot.objects.filter(
            question_version__question=question, attempt__state="finished", share__isnull=False
        ).order_by("-pk")[:MOST_SITTINGS]
    )
    totals = {
        row["attempt"]: (row["sum"], row["count"])
        for row in Slot.objects.filter(attempt__in={slot.attempt_id for slot in slots})
        .order_by()
        .values("attempt")
        .annotate(sum=Sum("share"), count=Count("share"))
    }
    answers = {
        row.slot_id: row.answer
        for row in Response.objects.filter(slot__in=slots).order_by("client_seq")
    }
    found = []
    for version in question.versions.all():
        sittings = [
            Sitting(
                share=float(slot.share or 0),
                rest=_rest(float(slot.share or 0), *totals[slot.attempt_id]),
                chosen=chosen_options(version.type, answers.get(slot.pk)),
            )
            for slot in slots
            if slot.question_version_id == version.pk
        ]
        right = right_options(version.type, version.content)
        found.append((version, statistics(sittings, right=right)))
    return found


def _rest(share: float, total: Decimal, count: int) -> float:
    """The mean share of the other questions of an attempt."""
    return (float(total) - share) / (count - 1) if count > 1 else 0.0


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
