"""What an author publishes, takes out or moves in the editor makes a new course version."""

from courses.models import CoursePage, ModulePage, UnitPage
from courses.services import publish_version


def keep_version(sender, instance, **kwargs):
    page = instance.specific
    if isinstance(page, CoursePage) and page.live:
        publish_version(page)
    elif isinstance(page, UnitPage | ModulePage):
        course = CoursePage.objects.ancestor_of(page).filter(live=True).first()
        if course:
            publish_version(course)
