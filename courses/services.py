"""Writes of learning: versions, enrolment, progress, completion."""

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import Attempt
from competencies.models import Competency, Evidence, Level
from competencies.services import record_evidence
from courses.models import (
    Completion,
    CoursePage,
    CourseVersion,
    Enrolment,
    UnitProgress,
    UnitVersion,
)

# Outlet: called with each new completion inside the completing transaction (lms/wiring.py).
course_completed: list[Callable[[Completion], None]] = []
# Outlet: called with each new version once its units are there, in the same transaction.
version_published: list[Callable[[CourseVersion], None]] = []


@transaction.atomic
def publish_version(course: CoursePage) -> CourseVersion | None:
    """Keep the published course as a new version, unless nothing that learners see changed.

    A course without a published unit has no version: None.
    """
    CoursePage.objects.select_for_update().get(pk=course.pk)
    content = _content(course)
    if not content["units"]:
        return None
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    current = course.versions.first()
    if current and current.digest == digest:
        return current
    version = CourseVersion.objects.create(
        course=course,
        number=current.number + 1 if current else 1,
        title=course.title,
        quiz=course.quiz,
        competencies=content["competencies"],
        digest=digest,
    )
    UnitVersion.objects.bulk_create(
        UnitVersion(version=version, position=position, **unit)
        for position, unit in enumerate(content["units"], start=1)
    )
    for follow in version_published:
        follow(version)
    return version


def _content(course: CoursePage) -> dict:
    """All that a learner sees of a course, as plain values."""
    return {
        "title": course.title,
        "quiz": course.quiz_id,
        "competencies": [
            [row.competency_id, row.level_id] for row in course.competencies.order_by("sort_order")
        ],
        "units": [
            {
                "key": unit.pk,
                "slug": unit.slug,
                "title": unit.title,
                "summary": unit.summary,
                "minutes": unit.minutes,
                # Without the editor's block ids: learners do not see them, and a unit that is
                # loaded again from its file gets new ones.
                "body": [
                    {"type": block["type"], "value": block["value"]} for block in unit.body.raw_data
                ],
            }
            for unit in course.units()
        ],
    }


@transaction.atomic
def enrol(course: CoursePage, *, person) -> Enrolment:
    """Bring `person` into the current version of `course`. Safe to repeat.

    Coming back after a withdrawal takes up the old enrolment with its progress.
    PermissionDenied where the course is not for this person or has nothing to learn yet.
    """
    if not CoursePage.objects.visible_to(person).filter(pk=course.pk).exists():
        raise PermissionDenied(_("This course is for other people."))
    version = course.versions.first()
    if version is None:
        raise PermissionDenied(_("This course has no published unit yet."))
    enrolment, created = Enrolment.objects.get_or_create(
        person=person, course=course, defaults={"version": version}
    )
    if not created and enrolment.state == Enrolment.State.WITHDRAWN:
        enrolment.state = Enrolment.State.ACTIVE
        enrolment.save(update_fields=["state"])
    return enrolment


@transaction.atomic
def withdraw(enrolment: Enrolment) -> None:
    """Leave a course; progress is kept for the day the person comes back."""
    Enrolment.objects.filter(pk=enrolment.pk, state=Enrolment.State.ACTIVE).update(
        state=Enrolment.State.WITHDRAWN
    )


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
    """Note that the learner worked through `unit`; the completion, if that was the last thing."""
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    UnitProgress.objects.get_or_create(enrolment=enrolment, unit=unit.key)
    return _complete_if_due(enrolment)


def remember_place(enrolment: Enrolment, *, unit: UnitVersion) -> None:
    """Keep where the learner is, so that any computer goes on there."""
    if enrolment.last_unit != unit.key:
        Enrolment.objects.filter(pk=enrolment.pk).update(last_unit=unit.key)


def follow_attempt(attempt: Attempt) -> None:
    """A result is there, or changed: complete the courses that it was the last step of."""
    if not attempt.passed:
        return
    open_enrolments = Enrolment.objects.select_for_update().filter(
        person=attempt.person, version__quiz=attempt.quiz, state=Enrolment.State.ACTIVE
    )
    for enrolment in open_enrolments:
        _complete_if_due(enrolment)


def course_gate(person, quiz) -> str | None:
    """Why `person` may not start `quiz` now: a course's quiz is for those enrolled in it."""
    course = CoursePage.objects.filter(versions__quiz=quiz).first()
    if course is None:
        return None
    enrolled = Enrolment.objects.filter(person=person, version__quiz=quiz).exclude(
        state=Enrolment.State.WITHDRAWN
    )
    if enrolled.exists():
        return None
    return _("Enrol in “%(course)s” first: this is its final quiz.") % {"course": course.title}


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
        Enrolment.objects.filter(pk=enrolment.pk).update(state=Enrolment.State.COMPLETED)
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
