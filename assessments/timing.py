"""The clock of a sitting: signs of life, lost time, pauses, time granted."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import lost_time
from assessments.models import Attempt, Heartbeat, TimeGrant
from assessments.moves import locked, make_move, need_assessor
from assessments.states import SAT, Part
from people.models import User

K = TimeGrant.Kind
DENSEST = 10  # signs of life in an interval; more are not written


class GrantRefusedError(Exception):
    """str() is the sentence for the invigilator."""


@transaction.atomic
def beat(attempt: Attempt, *, watched: bool = True) -> Attempt:
    """Note that the page of a sitting is there; give back what a silence before it cost.

    `watched`: its script runs and the page is seen, so that silence would mean a cut.
    """
    attempt = locked(attempt)
    if attempt.state in SAT:
        note_life(attempt, at=timezone.now(), watched=watched)
    return attempt


def note_life(attempt: Attempt, *, at: datetime, watched: bool) -> None:
    """What `beat` does, on an attempt that the caller has locked and that goes on."""
    interval = _interval(attempt)
    last = attempt.heartbeats.order_by("-at", "-pk").first()
    if last is None or last.watched != watched or at - last.at >= interval / DENSEST:
        Heartbeat.objects.create(attempt=attempt, at=at, watched=watched)
    if last and last.watched and at - last.at > lost_time.LONGEST_USUAL * interval:
        _grant_by_rule(attempt, at=at)
    if attempt.state == Attempt.State.INTERRUPTED and attempt.paused_at is None:
        make_move(attempt, "resume", part=Part.CANDIDATE, by=attempt.person)
    _extend_if_due(attempt, at=at, part=Part.CLOCK)


@transaction.atomic
def grant_time(attempt: Attempt, *, seconds: int, reason: str, by: User) -> TimeGrant:
    """Time given by an invigilator: never more in all than the exam itself takes."""
    attempt = locked(attempt)
    need_assessor(by, attempt)
    if attempt.state not in SAT:
        raise GrantRefusedError(_("This attempt does not go on: time cannot be given to it."))
    most = attempt.quiz.minutes * 60 - _seconds(attempt, K.INVIGILATOR)
    if seconds > most:
        raise GrantRefusedError(
            _("At most %(minutes)d more minutes can be given by hand.") % {"minutes": most // 60}
        )
    grant = _grant(attempt, K.INVIGILATOR, seconds, reason=reason, by=by)
    _extend_if_due(attempt, at=timezone.now(), part=Part.INVIGILATOR, by=by)
    return grant


@transaction.atomic
def pause(attempt: Attempt, *, by: User, reason: str) -> Attempt:
    """Stop the clock of a sitting until an invigilator lets it go on."""
    attempt = locked(attempt)
    need_assessor(by, attempt)
    make_move(attempt, "pause", part=Part.INVIGILATOR, by=by, reason=reason)
    if attempt.paused_at is None:
        attempt.paused_at = timezone.now()
        attempt.save(update_fields=["paused_at"])
    return attempt


@transaction.atomic
def resume(attempt: Attempt, *, by: User, reason: str = "") -> Attempt:
    """Let a paused sitting go on; the time of the pause is given back to the second."""
    attempt = locked(attempt)
    need_assessor(by, attempt)
    make_move(attempt, "resume", part=Part.INVIGILATOR, by=by, reason=reason)
    if attempt.paused_at is not None:
        stood = timezone.now() - attempt.paused_at
        attempt.paused_at = None
        attempt.save(update_fields=["paused_at"])
        if seconds := round(stood.total_seconds()):
            _grant(attempt, K.PAUSE, seconds, reason=reason or _("Paused"), by=by)
    return attempt


def note_interruptions() -> int:
    """Mark sittings whose page fell silent as interrupted; how many. The worker calls it."""
    newest = Heartbeat.objects.filter(attempt=OuterRef("pk")).order_by("-at", "-pk")
    going_on = Attempt.objects.filter(state=Attempt.State.IN_PROGRESS).annotate(
        last_at=Subquery(newest.values("at")[:1]),
        last_watched=Subquery(newest.values("watched")[:1]),
    )
    now = timezone.now()
    silent = [
        attempt
        for attempt in going_on.filter(last_watched=True).select_related("quiz")
        if now - attempt.last_at > lost_time.LONGEST_USUAL * _interval(attempt)
    ]
    for row in silent:
        with transaction.atomic():
            attempt = locked(row)
            if attempt.state == Attempt.State.IN_PROGRESS:
                make_move(attempt, "interrupt", part=Part.CLOCK, reason=_("No sign of life"))
    return len(silent)


def lost(attempt: Attempt, *, until: datetime | None = None) -> list[lost_time.Gap]:
    """Where the page of a sitting was silent; `until` counts a silence that still lasts."""
    rows = attempt.heartbeats.values_list("at", "watched")
    pauses = [
        (at - timedelta(seconds=seconds), at)
        for at, seconds in attempt.grants.filter(kind=K.PAUSE).values_list("at", "seconds")
    ]
    return lost_time.gaps(
        [lost_time.Beat(at, watched) for at, watched in rows],
        interval=_interval(attempt),
        until=until,
        pauses=pauses,
    )


def still_due(attempt: Attempt, *, at: datetime) -> timedelta:
    """What the rule of the quiz would give at the moment `at`, a lasting silence counted."""
    granted = _seconds(attempt, K.RULE, K.INVIGILATOR)
    return lost_time.due_by_rule(
        lost_time.total(lost(attempt, until=at)),
        cap=timedelta(minutes=attempt.quiz.lost_time_cap_minutes),
        granted=timedelta(seconds=granted),
    )


def _grant_by_rule(attempt: Attempt, *, at: datetime) -> None:
    seconds = round(still_due(attempt, at=at).total_seconds())
    if seconds > 0:
        _grant(attempt, K.RULE, seconds, reason=_("Lost to a cut of power or line"))


def _grant(
    attempt: Attempt, kind: TimeGrant.Kind, seconds: int, *, reason: str, by: User | None = None
) -> TimeGrant:
    grant = TimeGrant.objects.create(
        attempt=attempt, kind=kind, seconds=seconds, reason=reason, by=by
    )
    attempt.deadline = attempt.ends_at() + timedelta(seconds=seconds)
    attempt.save(update_fields=["deadline"])
    return grant


def _extend_if_due(attempt: Attempt, *, at: datetime, part: Part, by: User | None = None) -> None:
    if attempt.state == Attempt.State.OVERDUE and attempt.ends_at() > at:
        make_move(attempt, "extend", part=part, by=by, reason=_("Time was granted"))


def _seconds(attempt: Attempt, *kinds: TimeGrant.Kind) -> int:
    return sum(attempt.grants.filter(kind__in=kinds).values_list("seconds", flat=True))


def _interval(attempt: Attempt) -> timedelta:
    return timedelta(seconds=attempt.quiz.heartbeat_seconds)
