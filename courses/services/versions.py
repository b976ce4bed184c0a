"""Published versions of a course."""

import hashlib
import json
from collections.abc import Callable
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from courses.models import CoursePage, CourseVersion, MaterialChange, UnitVersion
from courses.rules import may_care, may_keep
from notifications.services import notify
from people.models import User

# Outlet: called with each new version once its units are there, in the same transaction.
version_published: list[Callable[[CourseVersion], None]] = []
# Outlet: called with each new mark of a material change, in the same transaction.
changed_materially: list[Callable[[MaterialChange], None]] = []


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
    units = UnitVersion.objects.bulk_create(
        UnitVersion(version=version, position=position, **unit)
        for position, unit in enumerate(content["units"], start=1)
    )
    for unit in units:
        unit.keep_files()
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
                "path": unit.path_in_course,
                "module": unit.module.title if unit.module else "",
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
def mark_material(version: CourseVersion, *, by: User, reason: str) -> MaterialChange:
    """Say that who learnt by an earlier version must know what this one says. Safe to repeat.

    PermissionDenied unless `by` keeps the course, and for a version that follows none.
    """
    course = CoursePage.objects.select_for_update().get(pk=version.course_id)
    if not may_keep(by, course):
        raise PermissionDenied(_("Only those who keep a course say what changed in it."))
    if not course.versions.filter(number__lt=version.number).exists():
        raise PermissionDenied(_("Nobody learnt by an earlier version."))
    change, created = MaterialChange.objects.get_or_create(
        version=version, defaults={"by": by, "reason": reason}
    )
    if created:
        for follow in changed_materially:
            follow(change)
    return change


@transaction.atomic
def give_to(course: CoursePage, *, owner: User, review_by: date, by: User) -> None:
    """Name who looks after `course` from now on. Safe to repeat.

    The published course is published again with it; a draft that waits keeps its other changes.
    PermissionDenied unless `by` looks after the courses of the house.
    """
    if not may_care(by):
        raise PermissionDenied(_("Authors, registrars and administrators look after courses."))
    live = CoursePage.objects.select_for_update().get(pk=course.pk)
    pages = [live]
    if live.has_unpublished_changes:
        pages.append(live.get_latest_revision_as_object())
    for page in pages:
        page.owner_person, page.review_by = owner, review_by
        revision = page.save_revision(user=by)
        if page is live:
            revision.publish(user=by, skip_permission_checks=True)  # may_care() is the right
    notify(
        [owner],
        event=f"course:{course.pk}:owner:{owner.pk}:{review_by}",
        title=_("You look after the course “%(course)s” now") % {"course": course.title},
        reason=_("%(name)s named you.") % {"name": by.name},
        url=course.url,
    )
