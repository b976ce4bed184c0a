"""Reads that no QuerySet owns."""

from dataclasses import dataclass

from django.db.models import Count, Q
from wagtail.images.models import Image

from competencies.models import Competency
from courses.models import (
    CourseCompetency,
    CoursePage,
    CourseVersion,
    Enrolment,
    UnitVersion,
)
from people.holdings import Holding


@dataclass(frozen=True)
class Progress:
    """How far an enrolment is: units done of all, and where to go on."""

    enrolment: Enrolment
    done: int
    all: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.all if self.all else 0


def enrolment_of(person, course: CoursePage) -> Enrolment | None:
    """The enrolment that is not withdrawn, with its version."""
    if not person.is_authenticated:
        return None
    return (
        Enrolment.objects.select_related("version", "version__quiz")
        .exclude(state=Enrolment.State.WITHDRAWN)
        .filter(person=person, course=course)
        .first()
    )


def version_for(person, course: CoursePage) -> CourseVersion | None:
    """The version that `person` learns in: the own one, else the newest."""
    enrolment = enrolment_of(person, course)
    return enrolment.version if enrolment else course.versions.select_related("quiz").first()


def progress_of(person, state: str = Enrolment.State.ACTIVE) -> list[Progress]:
    """The person's courses in `state` with their progress, in two queries."""
    enrolments = list(
        Enrolment.objects.filter(person=person, state=state)
        .select_related("course", "version")
        .annotate(units=Count("version__units", distinct=True))
        .annotate(
            units_done=Count(
                "progress",
                filter=Q(progress__unit__in=UnitVersion.objects.values("key")),
                distinct=True,
            )
        )
    )
    return [Progress(row, row.units_done, row.units) for row in enrolments]


def next_steps(person, competencies: list[Competency]) -> dict[int, tuple[str, str]]:
    """For each competency id the course that gives evidence for it: title and address."""
    rows = CourseCompetency.objects.filter(
        competency__in=competencies, course__in=CoursePage.objects.visible_to(person)
    ).select_related("course")
    return {row.competency_id: (row.course.title, row.course.url) for row in rows}


def picture_at(path: str) -> Image | None:
    """The picture whose file, or one of whose smaller copies, lies at `path` of the uploads."""
    return Image.objects.filter(Q(file=path) | Q(renditions__file=path)).first()


def holdings_of(person) -> list[Holding]:
    """Courses that this person cares for."""
    return [
        Holding("Owner of a course", course.title, course.url)
        for course in CoursePage.objects.live().filter(owner_person=person)
    ]
