"""Flags, hiding after three, the queue, decisions, undo and appeal, through the pages."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from forums.models import Post
from moderation.models import Act, Case, Flag
from search.models import SearchDocument
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.moderation import flagged, moderator
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
TEXT = "Sell your router to me, you fool."


@pytest.fixture
def net():
    return pool()


@pytest.fixture
def lead(net):
    return serving(net, "lead")


@pytest.fixture
def post(net):
    return answer(topic(net), body=TEXT)


def flag(client, post, **fields):
    form = {"why": "spam", "note": "Not for us."} | fields
    return client.post(reverse("moderation:flag", args=["post", post.pk]), form)


def decide(client, case, decision, **fields):
    form = {"decision": decision, "reason": "House rules."} | fields
    return client.post(reverse("moderation:decide", args=[case.pk]), form)


def page(client, post):
    return client.get(post.topic.get_absolute_url()).content.decode()


def test_a_flag_counts_once_and_reaches_the_lead(signed_in, post, lead):
    client = signed_in(professional())
    for _ in range(2):
        assert flag(client, post).status_code == 302
    assert Flag.objects.get().note == "Not for us."
    assert Act.objects.filter(verb="flag").count() == 1
    assert "Flagged" in lead.notices.latest("created").title
    queue = signed_in(lead).get(reverse("moderation:queue")).content.decode()
    assert "1 flag" in queue


def test_flags_that_cannot_be(signed_in, post):
    assert flag(signed_in(post.author), post).status_code == 403
    response = flag(signed_in(professional()), post, why="", note="Typed all the same")
    assert response.status_code == 422
    assert "Typed all the same" in response.content.decode()
    closed = answer(topic(pool("SEC", audience=("heads",))))
    assert flag(signed_in(professional()), closed).status_code == 404
    assert not Flag.objects.exists()


def test_three_people_hide_a_post_but_not_from_its_author_and_the_pool(signed_in, post, lead):
    reader = signed_in(professional())
    flagged(post, 2)
    assert TEXT in page(reader, post)
    case = flagged(post, 2)
    assert "Hidden until the pool has looked at it" in page(reader, post)
    assert TEXT not in page(reader, post)
    assert post.author.name not in page(reader, post)
    for inside in (post.author, lead):
        assert TEXT in page(signed_in(inside), post)
    assert case.acts.filter(verb="hide_by_flags").count() == 1
    assert "Hidden until" in post.author.notices.latest("created").title
    assert TEXT not in SearchDocument.objects.get(key=f"topic:{post.topic_id}").body
    for name in ("forums:history", "forums:edit"):
        assert reader.get(reverse(name, args=[post.pk])).status_code == 404


def test_a_hidden_question_takes_its_topic_out_of_every_list(signed_in, net, lead):
    asked = topic(net, title="Why is everybody here such a fool?")
    flagged(asked.posts.get(), 3)
    reader = signed_in(professional())
    for address in (
        net.address,
        reverse("forums:feed"),
        reverse("forums:pool_feed", args=[net.pk]),
    ):
        assert asked.title not in reader.get(address).content.decode()
    assert reader.get(asked.get_absolute_url()).status_code == 404
    assert not SearchDocument.objects.filter(key=f"topic:{asked.pk}").exists()
    assert asked.title in signed_in(lead).get(net.address).content.decode()


def test_kept_after_all_is_shown_again_and_old_flags_count_no_more(signed_in, post, lead):
    case = flagged(post, 3)
    assert decide(signed_in(lead), case, "keep").status_code == 302
    assert TEXT in page(signed_in(professional()), post)
    case = flagged(post, 2)
    assert (case.state, case.hidden_at) == ("open", None)
    assert flagged(post).hidden_at is not None


def test_of_two_judges_the_second_hears_who_has_the_case(signed_in, net, post, lead):
    case, other = flagged(post), serving(net, "lead")
    url = reverse("moderation:claim", args=[case.pk])
    assert signed_in(lead).post(url).status_code == 302
    response = decide(signed_in(other), case, "hide", reason="Typed for long.")
    assert response.status_code == 409
    assert lead.name in response.content.decode()
    assert "Typed for long." in response.content.decode()
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert decide(signed_in(other), case, "hide").status_code == 302
        assert decide(signed_in(lead), case, "keep").status_code == 409


def test_who_decides(signed_in, net, post):
    case = flagged(post)
    for person in (professional(), serving(net), serving(pool("SEC"), "lead")):
        assert decide(signed_in(person), case, "keep").status_code == 404
    own = flagged(answer(topic(net), author=serving(net, "lead")))
    author = own.acts.first().person
    assert decide(signed_in(author), own, "keep").status_code == 403
    assert decide(signed_in(moderator()), case, "keep").status_code == 302
    assert decide(signed_in(moderator()), own, "hide").status_code == 302


def test_a_decision_is_undone_for_ten_minutes(signed_in, post, lead):
    case, client = flagged(post, 3), signed_in(lead)
    undo = reverse("moderation:undo", args=[case.pk])
    decide(client, case, "keep")
    for _ in range(2):
        assert client.post(undo).status_code == 302
    assert TEXT not in page(signed_in(professional()), post)
    assert case.flags.filter(settled_at=None).count() == 3
    decide(client, case, "keep")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert client.post(undo).status_code == 409
    assert case.acts.filter(verb="undo").count() == 1


def test_the_author_appeals_once_and_somebody_else_decides(signed_in, net, post, lead):
    case = flagged(post)
    decide(signed_in(lead), case, "hide")
    author, url = signed_in(post.author), reverse("moderation:appeal", args=[case.pk])
    assert "House rules." in author.get(url).content.decode()
    assert author.post(url, {"text": "It was a joke."}).status_code == 302
    assert author.post(url, {"text": "It was a joke."}).status_code == 302
    again = author.post(url, {"text": "Really."})
    assert (again.status_code, "Really." in again.content.decode()) == (422, True)
    assert signed_in(professional()).get(url).status_code == 404
    assert decide(signed_in(lead), case, "hide").status_code == 403
    assert decide(signed_in(serving(net, "lead")), case, "keep").status_code == 302
    assert TEXT in page(signed_in(professional()), post)


def test_several_are_decided_at_once_each_by_itself_and_undone_one_by_one(signed_in, net, lead):
    asked = topic(net)
    first, second = (flagged(answer(asked, body=TEXT), 3) for _number in range(2))
    own = flagged(answer(asked, lead))
    elsewhere = flagged(answer(topic(pool("SEC"))))
    client, url = signed_in(lead), reverse("moderation:decide_many")
    form = {
        "decision": "keep",
        "reason": "Blunt, but fair.",
        "cases": [first.pk, own.pk, second.pk],
    }
    for wrong in ({"cases": []}, {"decision": "redact"}, {"cases": [elsewhere.pk]}):
        refused = client.post(url, form | wrong)
        assert refused.status_code == 422
        assert "Blunt, but fair." in refused.content.decode()
    assert not Case.objects.filter(state="kept").exists()
    for _again in range(2):
        said = client.post(url, form).content.decode()
        assert said.count("Kept") == 2
        assert said.count("Nobody decides on their own text") == 1
    assert Act.objects.filter(verb="keep").count() == 2
    author = Post.objects.get(pk=first.subject).author
    assert author.notices.filter(title__startswith="Flagged, looked at and kept").count() == 1
    assert client.post(reverse("moderation:undo", args=[second.pk])).status_code == 302
    states = [Case.objects.get(pk=case.pk).state for case in (first, second, own, elsewhere)]
    assert states == ["kept", "open", "open", "open"]


def test_what_another_takes_up_meanwhile_is_left_and_does_not_stop_the_rest(signed_in, net, lead):
    asked = topic(net)
    mine, theirs = (flagged(answer(asked)) for _number in range(2))
    signed_in(serving(net, "lead")).post(reverse("moderation:claim", args=[theirs.pk]))
    form = {"decision": "hide", "reason": "Spam.", "cases": [theirs.pk, mine.pk]}
    said = signed_in(lead).post(reverse("moderation:decide_many"), form).content.decode()
    assert "is deciding this now" in said
    assert [Case.objects.get(pk=case.pk).state for case in (theirs, mine)] == ["open", "hidden"]


def test_the_log_keeps_every_act_and_only_moderators_read_it(signed_in, post, lead):
    decide(signed_in(lead), flagged(post, 3), "hide")
    response = signed_in(moderator()).get(reverse("moderation:log"))
    assert "House rules." in response.content.decode()
    assert signed_in(lead).get(reverse("moderation:log")).status_code == 403
    for change in (lambda: Act.objects.update(reason="x"), lambda: Act.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.parametrize("number", [1, 30])
def test_queue_asks_the_same_number_of_times(
    signed_in, net, lead, number, django_assert_num_queries
):
    asked = topic(net)
    for _ in range(number):
        flagged(answer(asked))
    client = signed_in(lead)
    with django_assert_num_queries(12):
        response = client.get(reverse("moderation:queue"))
    assert response.content.decode().count("1 flag") == number
    assert Case.objects.count() == number
