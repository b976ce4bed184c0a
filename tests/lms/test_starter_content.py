"""The starter content is whole, comes in once, and every page of it opens."""

import pytest
from django.apps import apps
from django.core.management import call_command

from competencies.models import Evidence
from courses.models import CoursePage, UnitPage
from events.models import Action, Edition, Meeting, SlidePage, Talk
from forums.models import ExpertPool
from people.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]
GROW = {"django_tasks_database.dbtaskresult"}  # Wagtail's bookkeeping of every save of a page


def test_every_unit_course_and_pool_opens_for_an_operator(signed_in):
    operator = signed_in(User.objects.get(employee_id="OPR001"))
    pages = [*CoursePage.objects.all(), *UnitPage.objects.all(), *ExpertPool.objects.all()]
    assert len(pages) == 14
    opened = {page.url: operator.get(page.url).status_code for page in pages}
    assert set(opened.values()) == {200}, opened
    unit = operator.get(UnitPage.objects.get(slug="opening-and-closing").url).content.decode()
    assert '<th scope="col">Book</th>' in unit


def test_the_conference_and_the_meetings_are_whole():
    models = (Edition, Talk, SlidePage, Meeting, Action)
    assert [model.objects.count() for model in models] == [1, 3, 35, 2, 5]
    speaker = User.objects.get(employee_id="ICT0061")
    assert speaker.evidence.filter(kind=Evidence.Kind.TALK).count() == 2


def test_loading_again_brings_nothing_new():
    def counts():
        return {
            model._meta.label_lower: model.objects.count()
            for model in apps.get_models()
            if model._meta.label_lower not in GROW and model._meta.managed
        }

    before = counts()
    call_command("load_starter")
    assert counts() == before
