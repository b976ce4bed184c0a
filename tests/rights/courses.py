from courses.models import CoursePage, Enrolment
from tests.rights import PUBLIC, SIGNED_IN, Right


def course():
    return [CoursePage.objects.get(slug="running-a-community-centre").pk]


def enrolment():
    return [Enrolment.objects.first().pk]


def unit():
    row = Enrolment.objects.first()
    return [row.pk, row.version.units.first().key]


CARERS = frozenset({"author", "registrar", "administrator"})
# Some of the cast supervise people of their agency, beside what they are named after.
HEADS = frozenset({"head", "lead", "dzongkhag_officer", "assessor"})

RIGHTS = {
    "courses:list": Right(PUBLIC),
    "courses:enrol": Right(SIGNED_IN, args=course, status=405),
    "courses:withdraw": Right(SIGNED_IN, args=enrolment, status=405),
    "courses:pause": Right(SIGNED_IN, args=enrolment, status=405),
    "courses:resume": Right(SIGNED_IN, args=enrolment, status=405),
    "courses:request_place": Right(SIGNED_IN, args=course, status=405),
    "courses:people": Right(CARERS | HEADS, args=course, hidden_from=frozenset({"leaver"})),
    "courses:answer_request": Right(SIGNED_IN, args=enrolment, status=405),
    "courses:place": Right(SIGNED_IN, args=enrolment, status=405),
    "courses:care": Right(CARERS),
    "courses:take_over": Right(CARERS, args=course),
    "courses:accept_version": Right(SIGNED_IN, args=enrolment, status=405),
    "courses:finish_unit": Right(SIGNED_IN, args=unit, status=405),
}
