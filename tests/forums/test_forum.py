import uuid

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from competencies.models import Evidence
from forums import services
from forums.models import Post, SameProblem, Topic
from tests.factories.courses import CompetencyFactory
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.people import PersonFactory, professional

pytestmark = pytest.mark.django_db


def ask_form(**fields):
    return {
        "title": "Which mask for forty hosts?",
        "body": "I have **forty** hosts.",
        "cid": str(uuid.uuid4()),
    } | fields


def test_a_question_is_asked_shown_and_told_to_the_experts(signed_in):
    net = pool()
    expert = serving(net)
    client = signed_in(professional())
    response = client.post(reverse("forums:ask", args=[net.pk]), ask_form(), follow=True)
    assert "<strong>forty</strong>" in response.content.decode()
    assert [notice.title for notice in expert.notices.all()] == ["Which mask for forty hosts?"]


def test_sending_twice_makes_one_topic_and_other_content_is_refused(signed_in):
    net = pool()
    client = signed_in(professional())
    url = reverse("forums:ask", args=[net.pk])
    form = ask_form()
    for _ in range(2):
        assert client.post(url, form).status_code == 302
    assert Topic.objects.count() == Post.objects.count() == 1
    response = client.post(url, form | {"body": "Something else entirely"})
    assert response.status_code == 422
    assert "Something else entirely" in response.content.decode()


@pytest.mark.parametrize("body", ["", "x" * 100_000, "a\x00b"])
def test_a_text_that_cannot_be_taken_is_refused_and_kept(signed_in, body):
    net = pool()
    response = signed_in(professional()).post(
        reverse("forums:ask", args=[net.pk]), ask_form(body=body)
    )
    assert response.status_code == 422
    assert "Which mask for forty hosts?" in response.content.decode()
    assert body.replace("\x00", "") in response.content.decode().replace("\x00", "")
    assert not Topic.objects.exists()


@pytest.mark.parametrize(
    "body", ["<script>alert(1)</script>", "འབྲུག་ཡུལ།", "\u202eright to left", "👩🏽‍💻 works"]
)
def test_any_script_and_sign_can_be_said(signed_in, body):
    asked = topic()
    client = signed_in(professional())
    url = reverse("forums:reply", args=[asked.pk])
    response = client.post(url, {"body": body, "cid": uuid.uuid4()}, follow=True)
    assert response.status_code == 200
    assert Post.objects.get(number=2).body == body
    assert "<script>alert" not in response.content.decode()


def test_a_preview_shows_and_keeps_nothing(signed_in):
    net = pool()
    response = signed_in(professional()).post(
        reverse("forums:ask", args=[net.pk]), ask_form(preview="1")
    )
    assert "<strong>forty</strong>" in response.content.decode()
    assert not Topic.objects.exists()


def accept(client, post, asked=None):
    url = reverse("forums:accept", args=[(asked or post.topic).pk])
    return client.post(url, {"post": post.pk}, follow=True)


def test_accept_twice_marks_once_and_records_one_evidence(signed_in):
    net = pool()
    expert, competency = serving(net), CompetencyFactory()
    asked = topic(net, competencies=[competency])
    post = answer(asked, expert)
    client = signed_in(asked.asker)
    for _ in range(2):
        response = accept(client, post)
    assert "Accepted answer" in response.content.decode()
    assert list(asked.posts.accepted()) == [post]
    assert [(row.person, row.kind) for row in Evidence.objects.all()] == [
        (expert, "accepted_answer")
    ]


def test_an_answer_by_somebody_outside_the_pool_is_no_evidence(signed_in):
    asked = topic(competencies=[CompetencyFactory()])
    accept(signed_in(asked.asker), answer(asked))
    assert not Evidence.objects.exists()


def test_accepting_another_answer_moves_the_mark(signed_in):
    asked = topic()
    first, second = answer(asked), answer(asked)
    client = signed_in(asked.asker)
    accept(client, first)
    accept(client, second)
    assert list(asked.posts.accepted()) == [second]


def test_the_database_keeps_two_accepted_answers_apart():
    asked = topic()
    answer(asked)
    answer(asked)
    with pytest.raises(IntegrityError), transaction.atomic():
        asked.posts.filter(number__gt=1).update(accepted_at=timezone.now())


def test_accept_by_a_stranger_is_refused_with_the_reason(signed_in):
    asked = topic()
    response = accept(signed_in(professional()), answer(asked))
    assert response.status_code == 403
    assert "Only the person who asked" in response.content.decode()
    assert not asked.posts.accepted().exists()


def test_accept_an_answer_of_another_topic_says_so(signed_in):
    net = pool()
    asked, other = topic(net), topic(net)
    response = accept(signed_in(asked.asker), answer(other), asked)
    assert response.status_code == 422
    assert "Choose an answer of this topic" in response.content.decode()


def test_watchers_hear_of_a_reply_and_its_author_does_not():
    asked = topic()
    replier = professional()
    answer(asked, replier)
    assert asked.asker.notices.count() == 1
    assert replier.notices.count() == 0


def test_same_problem_is_set_and_not_toggled(signed_in):
    asked = topic()
    client = signed_in(professional())
    for _ in range(2):
        client.post(reverse("forums:same", args=[asked.pk]), {"value": "1"})
    assert SameProblem.objects.count() == 1
    client.post(reverse("forums:same", args=[asked.pk]), {"value": "0"})
    assert SameProblem.objects.count() == 0


def test_an_edit_keeps_what_was_said_before(signed_in):
    asked = topic()
    post = asked.posts.get()
    client = signed_in(asked.asker)
    client.post(
        reverse("forums:edit", args=[post.pk]),
        {"body": "Every day at noon.", "revision": 1, "reason": "clearer"},
    )
    page = client.get(reverse("forums:history", args=[post.pk])).content.decode()
    assert "The pool is empty every noon." in page
    assert "Every day at noon." in page


def test_two_edits_at_once_show_both_texts(signed_in):
    asked = topic()
    post = asked.posts.get()
    services.edit_post(post, by=asked.asker, body="First edit.", revision=1)
    response = signed_in(asked.asker).post(
        reverse("forums:edit", args=[post.pk]), {"body": "Second edit.", "revision": 1}
    )
    assert response.status_code == 422
    assert "First edit." in response.content.decode()
    assert "Second edit." in response.content.decode()


def test_another_persons_post_is_not_edited(signed_in):
    post = topic().posts.get()
    url = reverse("forums:edit", args=[post.pk])
    assert signed_in(PersonFactory()).post(url, {"body": "x", "revision": 1}).status_code == 403


def test_a_topic_for_others_is_not_there(signed_in):
    asked = topic(pool(audience=("heads",)))
    client = signed_in(professional())
    assert client.get(asked.get_absolute_url()).status_code == 404
    assert client.post(reverse("forums:reply", args=[asked.pk]), {}).status_code == 404


@pytest.mark.parametrize("answers", [1, 30])
def test_topic_query_count(signed_in, django_assert_max_num_queries, answers):
    asked = topic()
    for _ in range(answers):
        answer(asked)
    client = signed_in(asked.asker)
    with django_assert_max_num_queries(24):
        response = client.get(asked.get_absolute_url())
    assert response.content.decode().count("Accept this answer") == answers


@pytest.mark.parametrize("topics", [1, 30])
def test_pool_query_count(signed_in, django_assert_max_num_queries, topics):
    net = pool()
    for _ in range(topics):
        topic(net)
    client = signed_in(professional())
    client.get(net.url)
    with django_assert_max_num_queries(24):
        response = client.get(net.url)
    assert response.content.decode().count("DHCP runs out") == topics
