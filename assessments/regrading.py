"""Correcting a key: who changes, then the change, in one transaction, and once.

A corrected key is a later version of the question. From then on it marks every answer to the
version that was wrong, also in sittings that still go on. Results that stay above or below the
pass mark, or rise above it, change at once; a fall below it waits for a second person.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import rules, services
from assessments.marking import MARKED_BY_PEOPLE, NOT_MARKED, mark
from assessments.models import (
    Attempt,
    KeyCorrection,
    Question,
    QuestionVersion,
    Response,
    ScoreChange,
    Slot,
)
from assessments.moves import locked, make_move
from assessments.states import Part
from notifications.services import notify
from people.models import User

C = ScoreChange.State
T = QuestionVersion.Type


class RegradeRefusedError(Exception):
    """str() is the sentence for the person who corrects."""


@dataclass(frozen=True)
class Difference:
    """What a corrected key does to one finished attempt."""

    attempt: int
    slot: int
    share_before: Decimal
    share_after: Decimal
    percent_before: Decimal
    percent_after: Decimal
    pass_mark: int

    @property
    def falls(self) -> bool:
        """Below the pass mark, so a second person looks first."""
        return self.percent_before >= self.pass_mark > self.percent_after

    @property
    def rises(self) -> bool:
        return self.percent_before < self.pass_mark <= self.percent_after


def preview(question: Question) -> list[Difference]:
    """The dry run: whose result the current version's key changes, in the order of attempts."""
    return _differences(_refuse_other_questions(question), _slots(question))


@transaction.atomic
def apply_key(question: Question, *, by: User, reason: str) -> list[Difference]:
    """Mark every answer to an earlier version by the key of the current one.

    Gives what changed or now waits: the list that `preview` gave. Twice changes nothing.
    """
    _need_assessor(by)
    rows = Question.objects.select_for_update(of=("self",)).select_related("current")
    question = rows.get(pk=question.pk)  # one correction of a question at a time
    key = _refuse_other_questions(question)
    for version in question.versions.exclude(pk=key.pk):
        KeyCorrection.objects.get_or_create(
            wrong=version, defaults={"right": key, "reason": reason, "by": by}
        )
    found = _slots(question, lock=True)
    differences = _differences(key, found)
    changed = {difference.slot: difference for difference in differences}
    for slot in found:
        if slot.attempt.person_id == by.pk and slot.pk in changed:
            raise PermissionDenied(
                _("This key changes a result of yours: somebody else corrects it.")
            )
        difference = changed.get(slot.pk)
        if difference is None:
            slot.key_version = key
            slot.save(update_fields=["key_version"])
        else:
            _change(slot, difference, key, by=by, reason=reason)
    return differences


def _change(
    slot: Slot, difference: Difference, key: QuestionVersion, *, by: User, reason: str
) -> None:
    row = ScoreChange(
        attempt=slot.attempt,
        slot=slot,
        key_version=key,
        share_before=difference.share_before,
        share_after=difference.share_after,
        percent_before=difference.percent_before,
        percent_after=difference.percent_after,
        state=C.WAITING if difference.falls else C.APPLIED,
        reason=reason,
        by=by,
    )
    slot.score_changes.filter(state=C.WAITING).update(state=C.KEPT, decided_at=timezone.now())
    row.save()
    if row.state == C.APPLIED:
        _write(row, by=by)


@transaction.atomic
def decide_fall(change: ScoreChange, *, by: User, sign: bool) -> ScoreChange:
    """A second person signs a fall below the pass mark, or lets the result stand."""
    _need_assessor(by)
    locked(change.attempt)
    change = ScoreChange.objects.select_for_update().get(pk=change.pk)
    if change.state != C.WAITING:
        return change
    if by.pk == change.by_id or by.pk == change.attempt.person_id:
        raise PermissionDenied(
            _("Somebody else than who corrected the key, and than the candidate, decides this.")
        )
    change.state = C.SIGNED if sign else C.KEPT
    change.decided_by, change.decided_at = by, timezone.now()
    change.save(update_fields=["state", "decided_by", "decided_at"])
    if sign:
        _write(change, by=by)
    else:
        Slot.objects.filter(pk=change.slot_id).update(key_version=change.key_version)
    return change


def _write(change: ScoreChange, *, by: User) -> None:
    """Give the slot its new share and the attempt its new result; tell who listens."""
    attempt = locked(change.attempt)
    Slot.objects.filter(pk=change.slot_id).update(
        share=change.share_after, key_version=change.key_version
    )
    attempt.score_percent = services.percent_of(attempt)
    attempt.passed = attempt.score_percent >= attempt.quiz.pass_mark
    attempt.save(update_fields=["score_percent", "passed"])
    make_move(attempt, "regrade", part=Part.MARKER, by=by, reason=change.reason)
    notify(
        [attempt.person],
        event=f"attempt-regraded:{change.pk}",
        title=_("%(quiz)s: your result is now %(percent)s %%")
        % {"quiz": attempt.quiz.title, "percent": attempt.score_percent},
        reason=_("The key of a question was corrected: %(reason)s") % {"reason": change.reason},
        url=attempt.get_absolute_url(),
    )
    for follow in services.attempt_regraded:
        follow(attempt)


def waiting_falls() -> list[ScoreChange]:
    rows = ScoreChange.objects.filter(state=C.WAITING)
    return list(rows.select_related("attempt__quiz", "attempt__person", "by"))


def _slots(question: Question, *, lock: bool = False) -> list[Slot]:
    """Finished answers to earlier versions that the current key has not marked or changed yet."""
    rows = (
        Slot.objects.filter(
            question_version__question=question, attempt__state=Attempt.State.FINISHED
        )
        .exclude(question_version=question.current_id)
        .exclude(key_version=question.current_id)
        .exclude(score_changes__key_version=question.current_id)
        .select_related("attempt__quiz", "attempt__person")
        .order_by("attempt", "position")
    )
    return list(rows.select_for_update(of=("self",)) if lock else rows)


def _differences(key: QuestionVersion, slots: list[Slot]) -> list[Difference]:
    answers = _answers(slots)
    shares = _shares(slots)
    found = []
    for slot in slots:
        before = slot.share or Decimal(0)
        after = mark(key.type, key.content, answers.get(slot.pk)) or Decimal(0)
        if before == after:
            continue
        attempt = slot.attempt
        found.append(
            Difference(
                attempt=attempt.pk,
                slot=slot.pk,
                share_before=before,
                share_after=after,
                percent_before=attempt.score_percent or Decimal(0),
                percent_after=services.percent(
                    [after if pk == slot.pk else share for pk, share in shares[attempt.pk]]
                ),
                pass_mark=attempt.quiz.pass_mark,
            )
        )
    return found


def _answers(slots: list[Slot]) -> dict[int, Any]:
    rows = Response.objects.filter(slot__in=slots).order_by("client_seq")
    return dict(rows.values_list("slot", "answer"))


def _shares(slots: list[Slot]) -> dict[int, list[tuple[int, Decimal]]]:
    """Attempt -> the shares of all its slots that count."""
    attempts = {slot.attempt_id for slot in slots}
    rows = Slot.objects.filter(attempt__in=attempts).exclude(question_version__type__in=NOT_MARKED)
    shares: dict[int, list[tuple[int, Decimal]]] = {pk: [] for pk in attempts}
    for pk, attempt, share in rows.values_list("pk", "attempt", "share"):
        shares[attempt].append((pk, share or Decimal(0)))
    return shares


def _refuse_other_questions(question: Question) -> QuestionVersion:
    """The version whose key counts now, where it corrects the earlier ones and no more.

    A key can be corrected; a question that asks something else is a new question."""
    key = question.current
    if key is None or key.type in MARKED_BY_PEOPLE:
        raise RegradeRefusedError(_("This question has no key that a machine marks by."))
    for version in question.versions.exclude(pk=key.pk).filter(slots__isnull=False).distinct():
        if version.type != key.type or _offered(version) != _offered(key):
            raise RegradeRefusedError(
                _(
                    "Version %(old)d offers other answers than version %(new)d. Correct only what "
                    "is right, not what is asked; for another question add a new one."
                )
                % {"old": version.number, "new": key.number}
            )
    return key


def _offered(version: QuestionVersion) -> list[str]:
    """What a person could choose from: answers are kept by their place in it."""
    if version.type in {T.SINGLE_CHOICE, T.MULTIPLE_RESPONSE}:
        return [answer["text"] for answer in version.content["answers"]]
    if version.type == T.MATCHING:
        return [pair[0] for pair in version.content["pairs"]]
    if version.type == T.ORDERING:
        return sorted(version.content["items"])
    return []


def _need_assessor(by: User) -> None:
    if not rules.may_assess(by):
        raise PermissionDenied(_("Only assessors correct keys and decide about results."))
