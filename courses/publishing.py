"""Publishing a course or one of its units in the editor makes a new course version."""

from courses.models import CoursePage, UnitPage
from courses.services import publish_version


def keep_version(sender, instance, **kwargs):
    if isinstance(instance, CoursePage):
        publish_version(instance)
    elif isinstance(instance, UnitPage) and instance.course.live:
        publish_version(instance.course)
