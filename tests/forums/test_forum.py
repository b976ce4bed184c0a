import re
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
        "kind": "question",
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
        {"title": asked.title, "body": "Every day at noon.", "revision": 1, "reason": "clearer"},
    )
    page = client.get(reverse("forums:history", args=[post.pk])).content.decode()
    assert "The pool is empty every" in re.sub(
        "<span class=.visually-hidden.*?</span>|<ins>.*?</ins>|<[^>]*>", "", page, flags=re.DOTALL
    )
    assert "Every day at noon." in page


def test_two_edits_at_once_show_both_texts(signed_in):
    asked = topic()
    post = asked.posts.get()
    services.edit_post(post, by=asked.asker, body="First edit.", revision=1)
    response = signed_in(asked.asker).post(
        reverse("forums:edit", args=[post.pk]),
        {"title": asked.title, "body": "Second edit.", "revision": 1},
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


def test_a_new_title_keeps_the_old_one_in_the_history(signed_in):
    asked = topic()
    client = signed_in(asked.asker)
    post = asked.posts.get()
    url = reverse("forums:edit", args=[post.pk])
    response = client.post(
        url, {"title": "DHCP has no lease left at noon", "body": post.body, "revision": 1}
    )
    assert response.status_code == 302
    asked.refresh_from_db()
    assert asked.title == "DHCP has no lease left at noon"
    history = client.get(reverse("forums:history", args=[post.pk])).content.decode()
    assert "DHCP runs out at noon" in history
    answered = answer(asked, asked.asker)
    assert (
        'name="title"'
        not in client.get(reverse("forums:edit", args=[answered.pk])).content.decode()
    )


def test_the_mark_taken_away_takes_the_evidence_back_and_accepting_again_gives_it(signed_in):
    net = pool()
    expert, competency = serving(net), CompetencyFactory()
    asked = topic(net, competencies=[competency])
    post = answer(asked, expert)
    client = signed_in(asked.asker)
    accept(client, post)
    assert expert.pk in {standing.person_id for standing in held(expert, competency)}
    url = reverse("forums:unaccept", args=[asked.pk])
    for _ in range(2):
        page = client.post(url, {"post": post.pk}, follow=True).content.decode()
    assert "Accept this answer" in page
    assert not asked.posts.accepted().exists()
    assert [row.withdrawn for row in Evidence.objects.order_by("pk")] == [False, True]
    assert not held(expert, competency)
    accept(client, post)
    assert len(held(expert, competency)) == 1


def held(person, competency):
    """Rows of the ledger that count: not withdrawn and not superseded."""
    rows = Evidence.objects.filter(person=person, competency=competency, withdrawn=False)
    return rows.exclude(pk__in=Evidence.objects.exclude(supersedes=None).values("supersedes"))


def test_the_mark_is_taken_away_only_by_those_who_may_give_it(signed_in):
    asked = topic()
    post = answer(asked)
    accept(signed_in(asked.asker), post)
    url = reverse("forums:unaccept", args=[asked.pk])
    assert signed_in(professional()).post(url, {"post": post.pk}).status_code == 403
    assert asked.posts.accepted().exists()


def test_tags_are_kept_small_shown_and_filter_the_pool(signed_in):
    net = pool()
    client = signed_in(professional())
    url = reverse("forums:ask", args=[net.pk])
    client.post(url, ask_form(tags="DHCP,  wire  less ,dhcp"))
    topic(net, title="Something else altogether")
    asked = Topic.objects.get(title="Which mask for forty hosts?")
    assert sorted(asked.tags.names()) == ["dhcp", "wire less"]
    page = client.get(net.address + "?tag=wire+less").content.decode()
    assert asked.title in page
    assert "Something else altogether" not in page


@pytest.mark.parametrize("tags", ["a,b,c,d,e,f", "x" * 31])
def test_too_many_or_too_long_tags_are_refused_and_kept(signed_in, tags):
    net = pool()
    response = signed_in(professional()).post(
        reverse("forums:ask", args=[net.pk]), ask_form(tags=tags)
    )
    assert response.status_code == 422
    assert tags in response.content.decode()
    assert not Topic.objects.exists()


def test_a_preview_names_what_was_said_before(signed_in):
    net = pool()
    topic(net, title="DHCP lease pool empty at noon", body="The lease pool is empty.")
    response = signed_in(professional()).post(
        reverse("forums:ask", args=[net.pk]),
        ask_form(title="DHCP pool is empty", body="No lease left in the pool", preview="1"),
    )
    assert "DHCP lease pool empty at noon" in response.content.decode()


def test_joining_and_leaving_a_pool_are_set_and_not_toggled(signed_in):
    net = pool(audience=("everyone",))
    person = professional()
    client = signed_in(person)
    url = reverse("forums:join", args=[net.pk])
    for value, members in [("1", 1), ("1", 1), ("0", 0), ("0", 0), ("1", 1)]:
        assert client.post(url, {"value": value}).status_code == 302
        assert net.memberships.open().filter(person=person).count() == members
    assert net.memberships.filter(person=person).count() == 2


def test_the_lead_says_who_serves_and_the_pool_keeps_a_lead(signed_in):
    net = pool()
    lead, other = serving(net, "lead"), professional()
    client = signed_in(lead)
    url = reverse("forums:people", args=[net.pk])

    def say(person, role):
        return client.post(url, {"employee_id": person.employee_id, "role": role})

    assert say(other, "expert").status_code == 302
    refused = say(lead, "member")
    assert refused.status_code == 422
    assert "never without a lead" in refused.content.decode()
    assert say(other, "lead").status_code == 302
    assert say(lead, "").status_code == 302
    assert say(other, "expert").status_code == 403  # no lead any more
    roles = net.memberships.open().values_list("person__employee_id", "role")
    assert dict(roles) == {other.employee_id: "lead"}


def test_only_the_lead_manages_and_an_unknown_id_is_named(signed_in):
    net = pool()
    url = reverse("forums:people", args=[net.pk])
    person = professional()
    form = {"employee_id": person.employee_id, "role": "expert"}
    assert signed_in(serving(net)).post(url, form).status_code == 403
    response = signed_in(serving(net, "lead")).post(url, form | {"employee_id": "ICT9999"})
    assert response.status_code == 422
    assert "ICT9999" in response.content.decode()
    assert not net.memberships.filter(person=person).exists()


def test_a_pool_for_others_has_no_people_and_no_joining(signed_in):
    net = pool(audience=("heads",))
    client = signed_in(professional())
    assert client.get(reverse("forums:people", args=[net.pk])).status_code == 404
    assert client.post(reverse("forums:join", args=[net.pk]), {"value": "1"}).status_code == 404


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
