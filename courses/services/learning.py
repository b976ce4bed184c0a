"""Writes of learning: place, progress, completion."""

from collections.abc import Callable
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import Attempt
from assessments.services import Refusal
from competencies.models import Competency, Evidence, Level
from competencies.services import record_evidence
from courses import states
from courses.models import (
    Completion,
    CoursePage,
    CourseVersion,
    Enrolment,
    MediaPlace,
    UnitProgress,
    UnitVersion,
)
from courses.services.enrolling import move

# Outlet: called with each new completion inside the completing transaction (lms/wiring.py).
course_completed: list[Callable[[Completion], None]] = []


@transaction.atomic
def accept_version(enrolment: Enrolment, *, version: CourseVersion) -> None:
    """Move a learner to the newest version; units done stay done. Safe to repeat."""
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if version.course_id != enrolment.course_id:
        raise PermissionDenied(_("That version is of another course."))
    enrolment.version = version
    enrolment.save(update_fields=["version"])


@transaction.atomic
def finish_unit(enrolment: Enrolment, *, unit: UnitVersion) -> Completion | None:
    """Note that the learner worked through `unit`; the completion, if that was the last thing.

    Working on ends a pause. PermissionDenied before the start and after leaving.
    """
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if enrolment.state == states.State.PAUSED:
        move(enrolment, verb="resume", actor=enrolment.person)
    if enrolment.state not in states.RUNNING | {states.State.COMPLETED}:
        raise PermissionDenied(_("Start the course first; then your progress is kept."))
    UnitProgress.objects.get_or_create(enrolment=enrolment, unit=unit.key)
    return _complete_if_due(enrolment)


def remember_place(enrolment: Enrolment, *, unit: UnitVersion, block: int | None = None) -> None:
    """Keep where the learner is, so that any computer goes on there: unit and block of it.

    Without a `block` the one of this unit that is known stays.
    """
    if block is None:
        block = enrolment.last_block if enrolment.last_unit == unit.key else 0
    if (enrolment.last_unit, enrolment.last_block) != (unit.key, block):
        Enrolment.objects.filter(pk=enrolment.pk).update(last_unit=unit.key, last_block=block)


def remember_second(enrolment: Enrolment, *, document: int, second: int) -> None:
    """Keep where an audio or a video was stopped."""
    MediaPlace.objects.update_or_create(
        enrolment=enrolment, document=document, defaults={"second": second}
    )


def follow_attempt(attempt: Attempt) -> None:
    """A result is there, or changed: complete the courses that it was the last step of."""
    if not attempt.passed:
        return
    open_enrolments = Enrolment.objects.select_for_update().filter(
        person=attempt.person, version__quiz=attempt.quiz, state__in=states.RUNNING
    )
    for enrolment in open_enrolments:
        _complete_if_due(enrolment)


def course_gate(person, quiz) -> Refusal | None:
    """Why `person` may not start `quiz` now: a course's quiz is for those enrolled in it."""
    course = CoursePage.objects.filter(versions__quiz=quiz).first()
    if course is None:
        return None
    if Enrolment.objects.begun().filter(person=person, version__quiz=quiz).exists():
        return None
    text = _("Enrol in “%(course)s” first: this is its final quiz.") % {"course": course.title}
    seen = CoursePage.objects.visible_to(person).filter(pk=course.pk).exists()
    return Refusal(text, (course.title, course.url) if seen else None)


def _complete_if_due(enrolment: Enrolment) -> Completion | None:
    """Write the completion, its evidence and what follows, once every requirement is met."""
    version = enrolment.version
    done = set(enrolment.progress.values_list("unit", flat=True))
    if not set(version.units.values_list("key", flat=True)) <= done:
        return None
    percent = _best_percent(enrolment)
    if version.quiz_id and percent is None:
        return None
    completion, created = Completion.objects.get_or_create(
        enrolment=enrolment,
        course_version=version,
        defaults={
            "person": enrolment.person,
            "course": enrolment.course,
            "quiz_percent": percent,
        },
    )
    if created:
        if enrolment.state in states.RUNNING:
            move(enrolment, verb="complete", actor=None)
        _record_evidence(completion)
        for follow in course_completed:
            follow(completion)
    return completion


def _best_percent(enrolment: Enrolment) -> Decimal | None:
    """The best passed result of the version's quiz, in percent; None without one."""
    return (
        Attempt.objects.filter(person=enrolment.person, quiz=enrolment.version.quiz_id, passed=True)
        .order_by("-score_percent")
        .values_list("score_percent", flat=True)
        .first()
    )


def _record_evidence(completion: Completion) -> None:
    kind = Evidence.Kind.ASSESSMENT if completion.course_version.quiz_id else Evidence.Kind.COURSE
    pairs = completion.course_version.competencies
    competencies = Competency.objects.in_bulk([pair[0] for pair in pairs])
    levels = Level.objects.in_bulk([pair[1] for pair in pairs])
    for competency, level in pairs:
        record_evidence(
            person=completion.person,
            competency=competencies[competency],
            level=levels[level],
            kind=kind,
            source=completion,
        )
