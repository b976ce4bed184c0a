"""Reads that no QuerySet owns."""

from dataclasses import dataclass

from django.db.models import (
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)
from django.utils import timezone
from wagtail.blocks import StreamValue
from wagtail.images.models import Image

from competencies.models import Competency
from competencies.queries import people_with_gap
from courses import states
from courses.models import (
    CourseCompetency,
    CoursePage,
    CourseVersion,
    Enrolment,
    UnitVersion,
)
from people.holdings import Holding
from people.models import Posting, User


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
    """The enrolment that is not withdrawn, an invitation among them, with its version."""
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


def progress_of(person, *states: str) -> list[Progress]:
    """The person's courses in `states` (default: in progress) with their progress, one query."""
    enrolments = (
        Enrolment.objects.filter(person=person, state__in=states or [Enrolment.State.ACTIVE])
        .select_related("course", "version")
        .annotate(
            units=Count("version__units", distinct=True),
            units_done=Count(
                "version__units",
                filter=Q(version__units__key=F("progress__unit")),
                distinct=True,
            ),
        )
    )
    return [Progress(row, row.units_done, row.units) for row in enrolments]


def due_for(person) -> list[Enrolment]:
    """What the person is to finish by a day, the first to be due first."""
    return list(
        Enrolment.objects.filter(
            person=person, due_on__isnull=False, state__in=states.RUNNING | states.ASKED
        )
        .select_related("course")
        .order_by("due_on")
    )


def invitations_for(person) -> list[Enrolment]:
    return list(
        Enrolment.objects.filter(person=person, state=Enrolment.State.INVITED).select_related(
            "course"
        )
    )


def places_asked_for(course: CoursePage) -> list[Enrolment]:
    """Who waits for a place, the longest first."""
    return list(
        course.enrolments.filter(state=Enrolment.State.REQUESTED)
        .select_related("person")
        .order_by("pk")
    )


def chosen_people(course: CoursePage, **criteria) -> QuerySet[User]:
    """The people of a bulk enrolment: those who meet every one of the given criteria.

    `organisation`, `dzongkhag` and `centre` look at the open posting, `operators` at who runs
    a centre, `profile` at the role profile's level of a track, `gap` at the course's
    competencies, `employee_ids` at a list.
    """
    people = User.objects.filter(is_active=True)
    posting = Posting.objects.open().filter(person=OuterRef("pk"))
    for name in ("organisation", "dzongkhag", "centre"):
        if criteria.get(name):
            people = people.filter(Exists(posting.filter(**{name: criteria[name]})))
    if criteria.get("operators"):
        people = people.filter(Exists(posting.filter(centre__isnull=False)))
    if criteria.get("profile"):
        people = people.filter(Exists(posting.filter(track_level=criteria["profile"].track_level)))
    if criteria.get("gap"):
        rows = course.competencies.select_related("competency")
        people = people.filter(pk__in=people_with_gap([row.competency for row in rows]))
    if criteria.get("employee_ids"):
        people = people.filter(employee_id__in=criteria["employee_ids"])
    return people


def uncared_courses() -> QuerySet[CoursePage]:
    """Published courses without an owner in post: none named, gone, or moved since.

    Somebody who was posted elsewhere after the course was last published may not be the one
    who cares for it any more; publishing it again under the same owner says so.
    """
    posting = Posting.objects.open().filter(person=OuterRef("owner_person"))
    return (
        CoursePage.objects.live()
        .annotate(posted=Subquery(posting.values("starts")[:1]))
        .filter(
            Q(owner_person=None)
            | Q(owner_person__is_active=False)
            | Q(posted=None)
            | Q(posted__gt=F("last_published_at__date"))
        )
        .select_related("owner_person")
        .order_by("title")
    )


def stale_courses() -> QuerySet[CoursePage]:
    """Published courses whose day of review has come."""
    return (
        CoursePage.objects.live()
        .filter(review_by__lte=timezone.localdate())
        .select_related("owner_person")
        .order_by("review_by")
    )


def next_steps(person, competencies: list[Competency]) -> dict[int, tuple[str, str]]:
    """For each competency id the course that gives evidence for it: title and address."""
    rows = CourseCompetency.objects.filter(
        competency__in=competencies, course__in=CoursePage.objects.visible_to(person)
    ).select_related("course")
    return {row.competency_id: (row.course.title, row.course.url) for row in rows}


def body_of(unit: UnitVersion) -> StreamValue:
    """The body as blocks that render themselves, with what they show: so many queries for each
    kind of block, however many blocks there are."""
    body = unit.stream()
    questions = [block.value["question"] for block in body if block.block_type == "check"]
    pictures = [block.value["image"] for block in body if block.block_type == "image"]
    prefetch_related_objects([question for question in questions if question], "current")
    prefetch_related_objects([picture for picture in pictures if picture], "renditions")
    return body


def picture_at(path: str) -> Image | None:
    """The picture whose file, or one of whose smaller copies, lies at `path` of the uploads."""
    return Image.objects.filter(Q(file=path) | Q(renditions__file=path)).first()


def holdings_of(person) -> list[Holding]:
    """Courses that this person cares for."""
    return [
        Holding("Owner of a course", course.title, course.url)
        for course in CoursePage.objects.live().filter(owner_person=person)
    ]


@dataclass(frozen=True)
class Place:
    """Where to go on: a unit, and the block of it that was last in view (0: its beginning)."""

    unit: UnitVersion
    block: int

    @property
    def address(self) -> str:
        """The rest of the address after the course's."""
        return f"{self.unit.path}/#b{self.block}" if self.block > 1 else f"{self.unit.path}/"


def place_to_go_on(enrolment: Enrolment, open_units: list[UnitVersion]) -> Place | None:
    """The unit last opened if it is still open, else the first open one; None if all are done."""
    for unit in open_units:
        if unit.key == enrolment.last_unit:
            return Place(unit, enrolment.last_block)
    return Place(open_units[0], 0) if open_units else None


def media_places(enrolment: Enrolment) -> dict[int, int]:
    """Document id -> the second at which the learner stopped."""
    return dict(enrolment.media_places.values_list("document", "second"))
