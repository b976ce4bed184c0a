"""What an author publishes, takes out or moves in the editor makes a new course version."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from courses.models import CoursePage, ModulePage, UnitPage
from courses.services.versions import publish_version

_held: ContextVar[int | None] = ContextVar("course whose version waits", default=None)


@contextmanager
def as_one_version(course: CoursePage) -> Iterator[None]:
    """All that is published of `course` inside becomes one version of it, at the end."""
    before = _held.set(course.pk)
    try:
        yield
    finally:
        _held.reset(before)
    _publish(course)


def keep_version(sender, instance, **kwargs):
    page = instance.specific
    if isinstance(page, CoursePage) and page.live:
        _publish(page)
    elif isinstance(page, UnitPage | ModulePage):
        course = CoursePage.objects.ancestor_of(page).filter(live=True).first()
        if course:
            _publish(course)


def _publish(course: CoursePage) -> None:
    if course.live and course.pk != _held.get():
        publish_version(course)
