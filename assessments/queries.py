"""Reads of the bank and of attempts."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from assessments.marking import matching_answer
from assessments.models import Accommodation, Attempt, QuestionVersion, Slot
from assessments.services import current_answers
from assessments.states import SAT

T = QuestionVersion.Type


@dataclass(frozen=True)
class Reviewed:
    """A slot of a finished attempt, as its review page shows it."""

    slot: Slot
    given: str  # what the person answered, in words
    right: str  # what earns full marks, in words
    feedback: str  # for this very answer
    general: str

    @property
    def tone(self) -> str:
        share = self.slot.share
        return "good" if share == 1 else "bad" if not share else "warn"


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
    answers = current_answers(attempt)
    return [
        review(slot, answers.get(slot.pk))
        for slot in attempt.slots.select_related("question_version")
    ]


def review(slot: Slot, answer: Any) -> Reviewed:
    version = slot.question_version
    return Reviewed(
        slot=slot,
        given=in_words(version, answer),
        right=_right(version),
        feedback=feedback_for(version, answer),
        general=version.feedback,
    )


def in_words(version: QuestionVersion, answer: Any) -> str:
    """An answer as text; empty for none."""
    if answer is None:
        return ""
    content = version.content
    if version.type == T.SINGLE_CHOICE:
        return content["answers"][answer]["text"]
    if version.type == T.MULTIPLE_RESPONSE:
        return "; ".join(content["answers"][index]["text"] for index in answer)
    if version.type == T.TRUE_FALSE:
        return "True" if answer else "False"
    if version.type == T.MATCHING:
        lefts = [pair[0] for pair in content["pairs"]]
        return "; ".join(f"{x} → {y or '?'}" for x, y in zip(lefts, answer, strict=False))
    return str(answer)


def _right(version: QuestionVersion) -> str:
    content = version.content
    if version.type == T.TRUE_FALSE:
        return "True" if content["answer"] else "False"
    if version.type == T.MATCHING:
        return "; ".join(f"{left} → {right}" for left, right in content["pairs"])
    best = [answer for answer in content["answers"] if float(answer["fraction"]) > 0]
    if version.type == T.NUMERICAL:
        best = [answer for answer in best if float(answer["fraction"]) == 100]
        low, high = best[0]["low"], best[0]["high"]
        return low if low == high else f"{low} – {high}"
    return "; ".join(answer["text"] for answer in best)


def feedback_for(version: QuestionVersion, answer: Any) -> str:
    """What the author says to this answer; the general feedback comes beside it."""
    content = version.content
    if answer is None:
        return ""
    if version.type == T.TRUE_FALSE:
        return content["feedback_right" if answer is content["answer"] else "feedback_wrong"]
    if version.type == T.MULTIPLE_RESPONSE:
        told = [content["answers"][index]["feedback"] for index in answer]
        return " ".join(filter(None, told))
    met = matching_answer(version.type, content, answer)
    return met["feedback"] if met else ""
