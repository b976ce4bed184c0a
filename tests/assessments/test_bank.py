"""The list of the bank and the page of a question."""

import uuid

import pytest
from django.urls import reverse

from assessments import services
from assessments.bank import import_file, import_questions
from assessments.models import Question
from tests.assessments.test_corpus import ROOT
from tests.factories.assessments import RIGHT, quiz_with_bank
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(signed_in):
    return signed_in(PersonFactory(groups=["author"]))


def listed(client, **query):
    rows = client.get(reverse("assessments:bank"), query).context["rows"]
    return sorted(question.ident for question in rows)


def test_each_filter_narrows_and_a_value_nobody_offers_does_not(author):
    import_questions(
        "$CATEGORY: net\n\n// [tag:cable] [difficulty:easy]\n::Fibre::Carries light?{T}\n\n"
        "// [difficulty:hard]\n::Copper::Carries current?{=yes ~no}\n\n"
        "$CATEGORY: mail\n\n::Smtp::Which port?{#25}"
    )
    assert listed(author) == ["copper", "fibre", "smtp"]
    assert listed(author, category="net") == ["copper", "fibre"]
    assert listed(author, tag="cable") == ["fibre"]
    assert listed(author, difficulty="3") == ["copper"]
    assert listed(author, type="numerical") == ["smtp"]
    assert listed(author, q="carries current") == ["copper"]
    assert listed(author, category="net", type="numerical") == []
    assert listed(author, category="nowhere", difficulty="x") == ["copper", "fibre", "smtp"]


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_asks_the_same_queries_for_one_and_for_thirty(
    author, count, django_assert_num_queries
):
    import_questions(
        "\n\n".join(f"// [tag:t{n}] [difficulty:1]\n::Q{n}::Is it?{{T}}" for n in range(count))
    )
    page = author.get(reverse("assessments:bank"))  # the session is warm
    with django_assert_num_queries(QUERIES):
        page = author.get(reverse("assessments:bank"))
    assert page.content.decode().count('class="tag"') == count


QUERIES = 14  # person and rights, the menu, the filter, the count, the rows, their tags


def test_the_page_of_every_type_shows_it_and_what_is_right(author):
    with (ROOT / "csv" / "all-types.csv").open("rb") as file:
        import_file(file, name="a.csv")
    for question in Question.objects.all():
        page = author.get(question.get_absolute_url())
        assert page.status_code == 200, question
        assert "As a person meets it" in page.content.decode()


def test_the_page_says_where_a_question_is_used_and_how_it_did(author):
    quiz = quiz_with_bank(attempts_allowed=1)
    for place in range(10):
        attempt = services.start_attempt(quiz, person=PersonFactory(), cid=uuid.uuid4())
        for slot in attempt.slots.all():
            ident = slot.question_version.question.ident
            # Those who know the rest choose the answer that the key of "one" calls wrong.
            answer = RIGHT[ident] if place < 5 else None
            if ident == "one":
                answer = 1 if place < 5 else 0
            services.save_response(slot, answer=answer, client_seq=1)
        services.finish_attempt(attempt)
    page = author.get(reverse("assessments:question", args=["one"])).content.decode()
    assert "Basics" in page  # the quiz
    assert "50 %" in page
    assert "-1.00" in page
    assert "key may be wrong" in page
    assert "5 times" in page


def test_what_fits_the_filter_is_taken_out_as_a_file(author):
    import_questions("::Fibre::Carries light?{T}\n\n::Smtp::Which port?{#25}")
    address = reverse("assessments:export")
    response = author.get(address, {"format": "gift", "type": "numerical"})
    text = b"".join(response).decode()
    assert response["Content-Disposition"] == 'attachment; filename="questions.gift"'
    assert "::Smtp::" in text
    assert "Fibre" not in text
    assert author.get(address, {"format": "word"}).status_code == 302
