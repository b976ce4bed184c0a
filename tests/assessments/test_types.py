"""Every type of question in a sitting: shown, answered without JavaScript, kept, marked."""

import uuid

import pytest
from django.urls import reverse

from assessments import services
from assessments.answer_files import hand_in_file
from assessments.bank import import_file, import_questions
from assessments.marking import MARKED_BY_PEOPLE
from assessments.models import Attempt, Category, Question, Quiz, QuizDraw
from tests.assessments.test_corpus import ROOT
from tests.crawl import faults_of
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db

# What a person fills in, by title: the name behind the slot's own, and the value.
FILLED = {
    "Morning": {"place0": "1", "place1": "2", "place2": "3"},
    "Gaps": {"gap0": "Router"},
    "Ping": {"answer": "12 ms"},
    "Handover": {"answer": "Keys, accounts and open cases."},
    "Records": {"pair0": "IPv4 address", "pair1": "printer"},
    "Root": {"answer": "root"},
}
SHARES = {"Morning": 1, "Gaps": 1, "Ping": 1, "Handover": None, "Drawing": None,
          "Crimp a plug": None, "Read": None, "Records": 0.5, "Root": 1}  # fmt: skip


@pytest.fixture
def quiz():
    with (ROOT / "csv" / "all-types.csv").open("rb") as file:
        import_file(file, name="all-types.csv", bank="all")
    import_questions(
        "::Marked::[markdown]Which is **not** `it`?{=*a*#**Yes**. ~b}\n\n"
        "::Html::[html]<p>What is <b>this</b>?<script>x</script></p>{=[html]<i>a</i> ~b}",
        bank="all",
    )
    category = Category.objects.create(slug="drawn")
    Question.objects.update(category=category)
    quiz = Quiz.objects.create(slug="all", title="All types")
    QuizDraw.objects.create(quiz=quiz, category=category, count=99, order=1)
    return quiz


@pytest.fixture
def attempt(quiz):
    return begun(quiz)


def begun(quiz):
    return services.start_attempt(quiz, person=PersonFactory(), cid=uuid.uuid4())


def fields(attempt):
    return {
        f"s{slot.pk}-{name}": value
        for slot in attempt.slots.select_related("question_version__question")
        for name, value in FILLED.get(slot.question_version.question.title, {}).items()
    }


def test_every_type_is_shown_kept_and_marked_without_javascript(attempt, signed_in):
    client = signed_in(attempt.person)
    page = client.get(attempt.get_absolute_url())
    assert faults_of(page.content) == []
    text = page.content.decode()
    assert "An assessor watches you do this" in text
    assert "Which is <strong>not</strong> <code>it</code>?" in text
    assert "What is <b>this</b>?" in text
    assert "<script>x" not in text

    save = reverse("assessments:save", args=[attempt.pk])
    client.post(save, fields(attempt))
    kept = client.get(attempt.get_absolute_url()).content.decode()
    for words in ('value="Router"', "Keys, accounts and open cases.", 'value="12 ms"'):
        assert words in kept

    drawing = attempt.slots.get(question_version__type="file")
    hand_in_file(drawing, name="drawing.txt", data=b"a rack, and a switch in it")
    client.post(save, fields(attempt) | {"finish": "1"})
    shares = {
        slot.question_version.question.title: slot.share
        for slot in attempt.slots.select_related("question_version__question")
    }
    assert {title: shares[title] for title in SHARES} == SHARES


def test_the_review_shows_every_type_with_its_right_answer(quiz, signed_in):
    Question.objects.filter(current__type__in=MARKED_BY_PEOPLE).update(retired=True)
    attempt = begun(quiz)
    client = signed_in(attempt.person)
    save = reverse("assessments:save", args=[attempt.pk])
    client.post(save, fields(attempt) | {"finish": "1"})
    page = client.get(reverse("assessments:review", args=[attempt.pk]))
    assert faults_of(page.content) == []
    text = page.content.decode()
    assert "1. check the power; 2. switch on the router; 3. test the line" in text
    assert "A → IPv4 address; MX → printer" in text
    assert "A _____ joins networks." in text
    texts = attempt.slots.filter(question_version__type="description").count()
    assert text.count("Your answer") == attempt.slots.count() - texts  # no verdict on a text
    assert texts == 1
    assert Attempt.objects.get().score_percent > 0


def test_a_place_that_is_not_offered_is_refused_with_the_rest_kept(attempt, signed_in):
    order = attempt.slots.get(question_version__type="ordering")
    data = fields(attempt) | {f"s{order.pk}-place0": "9"}
    save = reverse("assessments:save", args=[attempt.pk])
    response = signed_in(attempt.person).post(save, data)
    assert response.status_code == 422
    assert 'value="Router"' in response.content.decode()
