"""The list of an exam and the end of a sitting, through their pages."""

import uuid

import pytest
from django.urls import reverse

from assessments import services
from assessments.models import Attempt
from courses.models import CoursePage
from people.models import Audience
from tests.assessments.test_human_marking import essay_quiz
from tests.factories.assessments import quiz_with_bank
from tests.factories.courses import course
from tests.factories.people import PersonFactory, professional

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessor():
    return professional(person=PersonFactory(groups=["assessor"]))


def enter(browser, quiz, ids):
    address = reverse("assessments:candidates", args=[quiz.slug])
    return browser.post(address, {"employee_ids": ids}, follow=True)


def test_people_are_put_on_the_list_once_and_who_is_refused_stands_there(assessor, signed_in):
    quiz = essay_quiz()
    first, second = PersonFactory.create_batch(2)
    browser = signed_in(assessor)
    ids = f"{first.employee_id}, {second.employee_id}"
    for _twice in range(2):
        page = enter(browser, quiz, ids)
        assert page.status_code == 200
        assert "2 people are on the list" in page.content.decode()
    assert set(Attempt.objects.values_list("person", "state")) == {
        (first.pk, "not_started"),
        (second.pk, "not_started"),
    }
    page = enter(browser, quiz, f"{first.employee_id} {assessor.employee_id}")
    assert page.status_code == 422
    text = page.content.decode()
    assert "Only an assessor who does not sit this attempt" in text
    assert f"{first.employee_id} {assessor.employee_id}</textarea>" in text
    assert Attempt.objects.count() == 2
    page = enter(browser, quiz, "NOBODY1")
    assert page.status_code == 422
    assert "Not in the registry: NOBODY1." in page.content.decode()
    assert enter(signed_in(first), quiz, ids).status_code == 403


def test_a_candidate_gives_up_with_a_reason_and_that_they_are_sure(signed_in):
    person = PersonFactory()
    attempt = services.start_attempt(quiz_with_bank(), person=person, cid=uuid.uuid4())
    browser = signed_in(person)
    address = reverse("assessments:give_up", args=[attempt.pk])
    assert address in browser.get(attempt.get_absolute_url()).content.decode()
    page = browser.post(address, {"reason": "I am ill"})
    assert page.status_code == 422
    assert "I am ill" in page.content.decode()
    for _twice in range(2):
        page = browser.post(address, {"reason": "I am ill", "sure": "on"}, follow=True)
        assert page.status_code == 200
    attempt.refresh_from_db()
    assert attempt.state == "abandoned"
    assert [(row.verb, row.reason) for row in attempt.moves.all()][-1] == ("abandon", "I am ill")
    assert signed_in(PersonFactory()).get(address).status_code == 404


def test_a_quiz_that_refuses_leads_to_its_course(signed_in):
    page = course(quiz=quiz_with_bank())
    person = PersonFactory()
    [version] = page.versions.all()
    text = signed_in(person).get(version.quiz.get_absolute_url()).content.decode()
    assert f'href="{page.url}"' in text
    CoursePage.objects.filter(pk=page.pk).update(audience=Audience.objects.of("pool:none"))
    text = signed_in(person).get(version.quiz.get_absolute_url()).content.decode()
    assert "this is its final quiz" in text
    assert f'href="{page.url}"' not in text
