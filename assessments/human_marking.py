"""Marking by people: the queue, claims that run out, second markers, moderation."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import rules
from assessments.models import Attempt, Marking, QuestionVersion, Slot
from assessments.moves import locked
from assessments.second_marking import next_round, settled, share_of
from assessments.services import conclude, percent_of
from notifications.services import notify
from people.models import User

CLAIM_HOLDS = timedelta(hours=2)  # then somebody else may take the answer up
WITHOUT_RUBRIC = [("", 100)]  # one mark in percent


class MarkingRefusedError(Exception):
    """str() is the sentence for the marker."""


def rubric_of(version: QuestionVersion) -> list[tuple[str, int]]:
    """The criteria of a question that people mark, each with its most points."""
    rows = version.content.get("criteria") or []
    return [(row["text"], int(row["points"])) for row in rows] or WITHOUT_RUBRIC


def queue_for(person: User) -> QuerySet[Marking]:
    """What waits for a mark and `person` may give it: nothing of their own, no answer that they
    marked in an earlier round, nothing that somebody else holds."""
    now = timezone.now()
    return (
        Marking.objects.filter(marker=None, slot__attempt__state=Attempt.State.MARKING)
        .exclude(slot__attempt__person=person)
        .exclude(slot__markings__marker=person)
        .filter(Q(claimed_by=None) | Q(claimed_until__lte=now) | Q(claimed_by=person))
        .select_related("slot__attempt__quiz", "slot__attempt__person", "slot__question_version")
    )


@transaction.atomic
def claim(marking: Marking, *, by: User, holds: timedelta = CLAIM_HOLDS) -> Marking:
    """Hold an answer for a while, so that nobody else marks it meanwhile. Safe to repeat.

    One conditional update decides between two who claim at once.
    """
    _need_marker(by)
    now = timezone.now()
    free = queue_for(by).filter(pk=marking.pk).values("pk")
    held = Marking.objects.filter(pk__in=list(free.values_list("pk", flat=True))).filter(
        Q(claimed_by=None) | Q(claimed_until__lte=now) | Q(claimed_by=by), marker=None
    )
    if not held.update(claimed_by=by, claimed_until=now + holds):
        raise MarkingRefusedError(
            _("Somebody else has this answer, or you marked it in an earlier round.")
        )
    marking.refresh_from_db()
    return marking


@transaction.atomic
def give_back(marking: Marking, *, by: User) -> None:
    """Let go of a claim."""
    Marking.objects.filter(pk=marking.pk, claimed_by=by, marker=None).update(
        claimed_by=None, claimed_until=None
    )


@transaction.atomic
def give_mark(marking: Marking, *, by: User, points: list[int], comment: str = "") -> Attempt:
    """Write the mark of a claimed answer; what follows from it for the attempt.

    The last first mark sends a failing candidate to second markers, the last second mark sends
    what differs to moderation, and when all is settled the attempt is finished.
    """
    _need_marker(by)
    attempt = locked(marking.slot.attempt)
    marking = Marking.objects.select_related("slot__question_version").get(pk=marking.pk)
    if marking.marker_id is not None or not marking.is_held_by(by, timezone.now()):
        raise MarkingRefusedError(
            _("Your claim on this answer has run out. Claim it again before you mark it.")
        )
    most = [points for _criterion, points in rubric_of(marking.slot.question_version)]
    if len(points) != len(most) or any(
        not 0 <= given <= limit for given, limit in zip(points, most, strict=False)
    ):
        raise MarkingRefusedError(_("Give each criterion between nothing and its most points."))
    marking.marker, marking.marked_at = by, timezone.now()
    marking.points, marking.comment = points, comment
    marking.share = share_of(points, most)
    marking.save(update_fields=["marker", "marked_at", "points", "comment", "share"])
    return _go_on(attempt, by=by)


def _go_on(attempt: Attempt, *, by: User) -> Attempt:
    rows = Marking.objects.filter(slot__attempt=attempt)
    if rows.filter(marker=None).exists():
        return attempt
    marks: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for slot, number, share in rows.values_list("slot", "round", "share"):
        marks[slot][number] = share or Decimal(0)
    _write_shares(attempt, marks)
    fails = percent_of(attempt) < attempt.quiz.pass_mark
    tolerance = Decimal(attempt.quiz.tolerance_percent) / 100
    further = next_round(marks, fails=fails, tolerance=tolerance)
    if further:
        number, slots = further
        Marking.objects.bulk_create(Marking(slot_id=pk, round=number) for pk in slots)
        return attempt
    notify(
        [attempt.person],
        event=f"attempt-marked:{attempt.pk}",
        title=_("%(quiz)s: your result is there") % {"quiz": attempt.quiz.title},
        reason=_("You handed this in."),
        url=attempt.get_absolute_url(),
    )
    return conclude(attempt, at=timezone.now(), by=by)


def _write_shares(attempt: Attempt, marks: dict[int, dict[int, Decimal]]) -> None:
    slots = list(Slot.objects.filter(pk__in=marks))
    for slot in slots:
        slot.share = settled(marks[slot.pk])
    Slot.objects.bulk_update(slots, ["share"])


def _need_marker(by: User) -> None:
    if not rules.may_assess(by):
        raise PermissionDenied(_("Only assessors mark."))


def earlier_marks(marking: Marking) -> QuerySet[Marking]:
    """What a moderator sees of the rounds before; others see nothing of them."""
    if marking.round != Marking.Rounds.MODERATION:
        return Marking.objects.none()
    return marking.slot.markings.exclude(pk=marking.pk).select_related("marker").order_by("round")
