from courses.models import CoursePage, Enrolment
from tests.rights import PUBLIC, SIGNED_IN, Right


def course():
    return [CoursePage.objects.live().first().pk]


def enrolment():
    return [Enrolment.objects.first().pk]


def unit():
    row = Enrolment.objects.first()
    return [row.pk, row.version.units.first().key]


RIGHTS = {
    "courses:list": Right(PUBLIC),
    "courses:enrol": Right(SIGNED_IN, args=course, status=405),
    "courses:withdraw": Right(SIGNED_IN, args=enrolment, status=405),
    "courses:accept_version": Right(SIGNED_IN, args=enrolment, status=405),
    "courses:finish_unit": Right(SIGNED_IN, args=unit, status=405),
}
