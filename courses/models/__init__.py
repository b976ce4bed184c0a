from courses.models.learning import Completion, CompletionQuerySet, Enrolment, UnitProgress
from courses.models.pages import CourseCompetency, CourseIndexPage, CoursePage, UnitPage
from courses.models.versions import CourseVersion, UnitVersion

__all__ = [
    "Completion",
    "CompletionQuerySet",
    "CourseCompetency",
    "CourseIndexPage",
    "CoursePage",
    "CourseVersion",
    "Enrolment",
    "UnitPage",
    "UnitProgress",
    "UnitVersion",
]
