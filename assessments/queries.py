"""Reads of the bank and of attempts."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.marking import NOT_MARKED
from assessments.models import (
    Accommodation,
    Attempt,
    Heartbeat,
    Marking,
    Question,
    QuestionVersion,
    Quiz,
    QuizDraw,
    Response,
    Slot,
)
from assessments.services import current_answers
from assessments.states import OPEN, SAT
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
    file: int | None = None  # the file that was handed in
    comments: tuple[str, ...] = ()  # of those who marked it

    @property
    def is_question(self) -> bool:
        return self.slot.question_version.type not in NOT_MARKED

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
    """Quizzes one of whose draws fits the question, or that drew it once."""
    fitting = QuizDraw.objects.filter(
        Q(category=None) | Q(category=question.category_id),
        Q(tag=None) | Q(tag__in=question.tags.all()),
        Q(difficulty=None) | Q(difficulty=question.difficulty),
        Q(competency=None) | Q(competency=question.competency_id),
    )
    drawn = Slot.objects.filter(question_version__question=question)
    return Quiz.objects.filter(Q(draws__in=fitting) | Q(attempts__slots__in=drawn)).distinct()


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
        Attempt.objects.filter(person=person, state__in=SAT)
        .select_related("quiz")
        .order_by("deadline")
    )


def accommodation_of(person) -> Accommodation | None:
    return Accommodation.objects.filter(person=person).first()


def clock(attempt: Attempt) -> dict[str, Any]:
    """What the page of a sitting shows of its time: the server's clock alone decides.

    `left` are the seconds to the deadline from now, or from the moment of a pause.
    """
    over = attempt.state not in SAT
    from_when = attempt.paused_at or timezone.now()
    return {
        "left": 0 if over else max(0, int((attempt.ends_at() - from_when).total_seconds())),
        "until": timezone.localtime(attempt.ends_at()).strftime("%H:%M"),
        "paused": attempt.paused_at is not None,
        "over": over,
    }


def reviewed(attempt: Attempt) -> list[Reviewed]:
    """Every slot as its candidate sees it after release, with what the markers wrote."""
    answers = current_answers(attempt)
    comments: dict[int, list[str]] = defaultdict(list)
    told = Marking.objects.filter(slot__attempt=attempt, marker__isnull=False).exclude(comment="")
    for slot, comment in told.order_by("round").values_list("slot", "comment"):
        comments[slot].append(comment)
    return [
        review(slot, answers.get(slot.pk), comments=tuple(comments[slot.pk]))
        for slot in attempt.slots.select_related("question_version")
    ]


def review(slot: Slot, answer: Any, *, comments: tuple[str, ...] = ()) -> Reviewed:
    version = slot.question_version
    kind, content = version.type, version.content
    return Reviewed(
        slot=slot,
        given=answer_in_words(kind, content, answer),
        right=right_in_words(kind, content),
        feedback=feedback_to(kind, content, answer),
        general=rich(version.feedback, form_of(content)),
        file=answer["file"] if isinstance(answer, dict) else None,
        comments=comments,
    )


def sittings_of(quiz):
    """The attempts of a quiz with who sits and when their page was last heard of."""
    last = Heartbeat.objects.filter(attempt=OuterRef("pk")).order_by("-at").values("at")[:1]
    goes_on = Case(When(state__in=sorted(OPEN), then=0), default=1, output_field=IntegerField())
    return (
        quiz.attempts.select_related("person")
        .annotate(last_sign=Subquery(last), granted=Coalesce(Sum("grants__seconds"), 0))
        .order_by(goes_on, "deadline", "person__name")
    )


def names_of(marking: Marking) -> str:
    """Whose answer a marker sees: a number where the quiz is marked blind."""
    attempt = marking.slot.attempt
    if attempt.quiz.blind_marking:
        return _("Candidate %(number)d") % {"number": attempt.pk}
    return attempt.person.name
