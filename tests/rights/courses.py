from dataclasses import asdict

from courses.models import CoursePage, Enrolment, UnitImport
from courses.services import FileReport
from lms.starter import FOLDER
from people.starter import cast
from tests.rights import PUBLIC, SIGNED_IN, Right


def course():
    return [CoursePage.objects.get(slug="running-a-community-centre").pk]


def enrolment():
    return [Enrolment.objects.first().pk]


def unit():
    row = Enrolment.objects.first()
    return [row.pk, row.version.units.first().key]


def proposal():
    """Files that the author brought and did not confirm yet."""
    row, _made = UnitImport.objects.get_or_create(
        course=CoursePage.objects.live().first(),
        module="Faults",
        by=cast(FOLDER)["author"],
        defaults={"content": b"", "report": [asdict(FileReport("a.md", unit="A"))]},
    )
    return [row.pk]


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
    "courses:versions": Right(CARERS, args=course, hidden_from=frozenset({"leaver"})),
    "courses:import_units": Right(CARERS, args=course),
    "courses:import_report": Right(frozenset({"author"}), args=proposal, refused=404),
    "courses:accept_version": Right(SIGNED_IN, args=enrolment, status=405),
    "courses:finish_unit": Right(SIGNED_IN, args=unit, status=405),
}
