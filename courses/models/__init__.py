from courses.models.learning import (
    Completion,
    CompletionQuerySet,
    Enrolment,
    EnrolmentEvent,
    MediaPlace,
    UnitProgress,
)
from courses.models.pages import (
    CourseCompetency,
    CourseIndexPage,
    CoursePage,
    ModulePage,
    Prerequisite,
    UnitImport,
    UnitPage,
    UnitSource,
)
from courses.models.versions import CourseVersion, MaterialChange, UnitVersion

__all__ = [
    "Completion",
    "CompletionQuerySet",
    "CourseCompetency",
    "CourseIndexPage",
    "CoursePage",
    "CourseVersion",
    "Enrolment",
    "EnrolmentEvent",
    "MaterialChange",
    "MediaPlace",
    "ModulePage",
    "Prerequisite",
    "UnitImport",
    "UnitPage",
    "UnitProgress",
    "UnitSource",
    "UnitVersion",
]
