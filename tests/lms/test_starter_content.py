"""The starter content is whole, comes in once, and every page of it opens."""

import pytest
from django.apps import apps
from django.core.management import call_command

from assessments.models import QuestionVersion
from certification.models import Scheme
from competencies.models import Evidence
from courses.models import CoursePage, UnitPage
from desk.models import Request
from events.models import Action, Edition, Meeting, SlidePage, Talk
from forums.models import ExpertPool
from people.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("starter")]
GROW = {"django_tasks_database.dbtaskresult"}  # Wagtail's bookkeeping of every save of a page


def test_every_unit_course_and_pool_opens(signed_in):
    reader = signed_in(User.objects.get(employee_id="ICT0244"))
    pages = [*CoursePage.objects.all(), *UnitPage.objects.all(), *ExpertPool.objects.all()]
    assert len(pages) == 32  # three courses, twenty-four units, five pools
    opened = {page.url: reader.get(page.url).status_code for page in pages}
    assert set(opened.values()) == {200}, opened
    unit = reader.get(UnitPage.objects.get(slug="opening-and-closing").url).content.decode()
    assert '<th scope="col">Book</th>' in unit


def test_the_conference_and_the_meetings_are_whole():
    models = (Edition, Talk, SlidePage, Meeting, Action)
    assert [model.objects.count() for model in models] == [2, 5, 35, 2, 5]
    speaker = User.objects.get(employee_id="ICT0061")
    assert speaker.evidence.filter(kind=Evidence.Kind.TALK).count() == 2


def test_each_request_names_a_service_of_its_pool_and_answers_what_that_asks():
    for request in Request.objects.select_related("service"):
        assert request.service.pool_id == request.pool_id
        labels = [row["label"] for row in request.service.questions]
        assert [label for label, _text in request.answers if label not in labels] == []
        needed = [row["label"] for row in request.service.questions if row["needed"]]
        assert [label for label in needed if label not in dict(request.answers)] == []
    assert Request.objects.count() == 4


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


def test_each_course_has_eight_units_and_sixty_questions_with_feedback():
    loaded = CoursePage.objects.order_by("slug")
    assert [course.slug for course in loaded] == [
        "finding-the-fault-in-a-network",
        "running-a-community-centre",
        "securing-a-small-agency",
    ]
    for course in loaded:
        questions = QuestionVersion.objects.filter(
            question__category__slug__startswith=f"{course.slug}/"
        )
        assert (course.units().count(), questions.count()) == (8, 60)
        assert [version.question.ident for version in questions if not version.feedback] == []
        assert [version.question.ident for version in questions if not tells_each(version)] == []
        for unit in course.units():
            kinds = [block.block_type for block in unit.body]
            assert kinds.count("image") >= 1, unit
            assert kinds.count("check") >= 1, unit
    leaves = [leaf for scheme in Scheme.objects.all() for leaf in scheme.all_leaves()]
    certified = {leaf.key for leaf in leaves if leaf.kind == "course"}
    assert certified == {course.slug for course in loaded}


def tells_each(version: QuestionVersion) -> bool:
    """Each answer has its own word, where the type of the question knows one."""
    content = version.content
    if version.type == QuestionVersion.Type.MATCHING:
        return True
    if version.type == QuestionVersion.Type.TRUE_FALSE:
        return bool(content["feedback_right"] and content["feedback_wrong"])
    return all(answer["feedback"] for answer in content["answers"])
