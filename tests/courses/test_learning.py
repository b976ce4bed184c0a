import re
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from assessments import services as assessments
from assessments.models import Question
from competencies.models import Evidence
from courses import services
from courses.models import Completion, CourseVersion, Enrolment
from tests.factories.assessments import RIGHT, quiz_with_bank
from tests.factories.courses import CompetencyFactory, course
from tests.factories.people import PersonFactory, professional

pytestmark = pytest.mark.django_db


def work_through(enrolment):
    for unit in enrolment.version.units.all():
        services.finish_unit(enrolment, unit=unit)


def pass_quiz(quiz, person):
    attempt = assessments.start_attempt(quiz, person=person, cid=uuid.uuid4())
    for slot in attempt.slots.all():
        answer = RIGHT[slot.question_version.question.ident]
        assessments.save_response(slot, answer=answer, client_seq=1)
    return assessments.finish_attempt(attempt)


def test_units_and_quiz_complete_a_course_and_write_evidence():
    person, competency = professional(), CompetencyFactory()
    page = course(quiz=quiz_with_bank(), competencies=[competency])
    enrolment = services.enrol(page, person=person)
    work_through(enrolment)
    assert not Completion.objects.exists()
    pass_quiz(page.quiz, person)
    assert Completion.objects.get().quiz_percent == 100
    evidence = Evidence.objects.get()
    assert (evidence.person, evidence.competency, evidence.kind) == (
        person,
        competency,
        "assessment",
    )


def test_the_quiz_may_come_before_the_last_unit():
    person = professional()
    page = course(quiz=quiz_with_bank())
    enrolment = services.enrol(page, person=person)
    pass_quiz(page.quiz, person)
    assert not Completion.objects.exists()
    work_through(enrolment)
    enrolment.refresh_from_db()
    assert enrolment.state == Enrolment.State.COMPLETED


def test_completing_again_writes_nothing_new():
    enrolment = services.enrol(course(), person=professional())
    work_through(enrolment)
    work_through(enrolment)
    assert Completion.objects.count() == 1


def test_the_quiz_of_a_course_is_for_those_enrolled():
    page = course(quiz=quiz_with_bank())
    with pytest.raises(PermissionDenied, match="Enrol in “Cabling” first"):
        assessments.start_attempt(page.quiz, person=professional(), cid=uuid.uuid4())


def test_learners_stay_in_their_version_until_they_accept():
    page = course()
    enrolment = services.enrol(page, person=professional())
    unit = page.units().first()
    unit.title = "Unit 1, better"
    unit.save_revision().publish()
    enrolment.refresh_from_db()
    assert [u.title for u in enrolment.version.units.all()] == ["Unit 1", "Unit 2"]
    newest = page.versions.first()
    services.accept_version(enrolment, version=newest)
    enrolment.refresh_from_db()
    assert enrolment.version.units.first().title == "Unit 1, better"


def test_publishing_without_a_change_makes_no_version():
    page = course()
    page.save_revision().publish()
    assert [version.number for version in page.versions.all()] == [1]


def test_the_database_refuses_to_change_a_version_or_a_completion():
    work_through(services.enrol(course(), person=professional()))
    for rows in (CourseVersion.objects, Completion.objects):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(course_id=1)


def test_the_whole_way_by_the_pages(signed_in):
    person = professional()
    page = course()
    client = signed_in(person)
    assert "Start the course" in client.get(page.url).content.decode()
    response = client.post(reverse("courses:enrol", args=[page.pk]), follow=True)
    assert "Text of unit 1" in response.content.decode()
    enrolment = Enrolment.objects.get()
    for unit in enrolment.version.units.all():
        url = reverse("courses:finish_unit", args=[enrolment.pk, unit.key])
        response = client.post(url, follow=True)
    assert "Completed" in response.content.decode()


def test_going_on_leads_to_the_unit_last_opened(signed_in):
    person = professional()
    page = course(units=3)
    client = signed_in(person)
    services.enrol(page, person=person)
    client.get(f"{page.url}unit-2/")
    assert "Go on: Unit 2" in client.get(page.url).content.decode()


def test_a_course_for_others_is_not_there(signed_in):
    page = course(audience=("heads",))
    client = signed_in(professional())
    assert client.get(page.url).status_code == 404
    assert client.get(f"{page.url}unit-1/").status_code == 404
    assert client.post(reverse("courses:enrol", args=[page.pk])).status_code == 404
    assert page.title not in client.get(reverse("courses:list")).content.decode()


def test_another_persons_enrolment_is_not_there(signed_in):
    enrolment = services.enrol(course(), person=professional())
    client = signed_in(PersonFactory())
    unit = enrolment.version.units.first()
    url = reverse("courses:finish_unit", args=[enrolment.pk, unit.key])
    assert client.post(url).status_code == 404
    assert client.post(reverse("courses:withdraw", args=[enrolment.pk])).status_code == 404


def test_leaving_keeps_progress_for_coming_back(signed_in):
    person = professional()
    page = course()
    enrolment = services.enrol(page, person=person)
    services.finish_unit(enrolment, unit=enrolment.version.units.first())
    signed_in(person).post(reverse("courses:withdraw", args=[enrolment.pk]))
    again = services.enrol(page, person=person)
    assert again == enrolment
    assert again.progress.count() == 1


@pytest.mark.parametrize("courses", [1, 20])
def test_list_query_count(signed_in, django_assert_max_num_queries, courses):
    person = professional()
    for number in range(courses):
        services.enrol(course(title=f"Course {number}", slug=f"course-{number}"), person=person)
    client = signed_in(person)
    client.get(reverse("courses:list"))  # the site's root paths are kept after the first look
    with django_assert_max_num_queries(14):
        response = client.get(reverse("courses:list"))
    assert response.content.count(b"card") >= 2 * courses


@pytest.mark.parametrize("units", [2, 30])
def test_course_query_count(signed_in, django_assert_max_num_queries, units):
    person = professional()
    page = course(units=units)
    services.enrol(page, person=person)
    client = signed_in(person)
    client.get(page.url)
    with django_assert_max_num_queries(24):
        response = client.get(page.url)
    assert response.content.count(b"list__item") == units


def test_a_check_question_in_a_unit_is_answered_from_the_unit():
    quiz_with_bank()
    page = course()
    unit = page.units().first()
    unit.body = [("check", {"question": Question.objects.get(ident="one")})]
    unit.save_revision().publish()
    client = Client(enforce_csrf_checks=True)
    client.force_login(professional())
    shown = client.get(unit.url).content.decode()
    assert "Which layer does a switch work on?" in shown
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)[1]
    back = re.search(r'name="back" value="([^"]+)"', shown)[1]
    assert back == unit.url
    answered = client.post(
        reverse("assessments:check_question", args=["one"]),
        {"one-answer": "0", "back": back, "csrfmiddlewaretoken": token},
    )
    assert "Right." in answered.content.decode()
    assert f'href="{unit.url}"' in answered.content.decode()
