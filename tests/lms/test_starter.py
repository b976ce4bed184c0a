"""The starter content comes in, and every page of it opens."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

import certification.starter
import courses.starter
from assessments.models import QuestionVersion
from certification.models import Scheme
from competencies.models import Competency
from courses.models import CoursePage, UnitPage
from forums.models import ExpertPool
from lms.starter import FOLDER
from people.models import Gewog, TrackLevel, User

pytestmark = pytest.mark.django_db


def test_every_unit_course_and_pool_of_the_starter_content_opens(signed_in):
    call_command("load_starter")
    reader = signed_in(User.objects.get(employee_id="ICT0244"))
    pages = [*CoursePage.objects.all(), *UnitPage.objects.all(), *ExpertPool.objects.all()]
    assert len(pages) == 32  # three courses, twenty-four units, five pools
    opened = {page.url: reader.get(page.url).status_code for page in pages}
    assert set(opened.values()) == {200}, opened
    unit = reader.get(UnitPage.objects.get(slug="opening-and-closing").url).content.decode()
    assert '<th scope="col">Book</th>' in unit


def test_each_course_has_eight_units_and_sixty_questions_with_feedback():
    call_command("load_starter", only="tracks,framework")
    courses.starter.load(FOLDER)
    certification.starter.load(FOLDER)
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
    certified = Scheme.objects.values_list("course__slug", flat=True).order_by("course__slug")
    assert list(certified) == [course.slug for course in loaded]


def tells_each(version: QuestionVersion) -> bool:
    """Each answer has its own word, where the type of the question knows one."""
    content = version.content
    if version.type == QuestionVersion.Type.MATCHING:
        return True
    if version.type == QuestionVersion.Type.TRUE_FALSE:
        return bool(content["feedback_right"] and content["feedback_wrong"])
    return all(answer["feedback"] for answer in content["answers"])


def test_loading_twice_brings_nothing_new():
    call_command("load_starter")
    before = (User.objects.count(), UnitPage.objects.count(), ExpertPool.objects.count())
    versions = [course.versions.count() for course in CoursePage.objects.all()]
    call_command("load_starter")
    assert before == (User.objects.count(), UnitPage.objects.count(), ExpertPool.objects.count())
    assert versions == [course.versions.count() for course in CoursePage.objects.all()] == [1, 1, 1]


def test_an_unknown_part_is_named():
    with pytest.raises(CommandError, match="No such part: shoes") as refusal:
        call_command("load_starter", only="geography,shoes")
    assert refusal.value.returncode == 2
    assert not Gewog.objects.exists()


@pytest.mark.parametrize("only", ["geography,tracks", "tracks,geography"])
def test_only_the_parts_asked_for_come_in(only):
    said = StringIO()
    call_command("load_starter", only=only, stderr=said)
    assert [line.split(":")[0] for line in said.getvalue().splitlines()] == ["geography", "tracks"]
    assert Gewog.objects.count() == 205
    assert TrackLevel.objects.exists()
    assert not Competency.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["home", "about", "account_login", "people:first_sign_in"])
def test_pages_that_need_no_sign_in(client, name):
    assert client.get(reverse(name)).status_code == 200
