"""The step between writing and posting, mentions, quotations, and what a text may not be."""

import uuid

import pytest
from django.urls import reverse

from forums import moving, reviewing, services
from forums.models import Deflection, Topic
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
WORDS = {"title": "No lease left in the DHCP pool at noon", "body": "The pool is empty again."}


@pytest.fixture
def net():
    return pool()


@pytest.fixture
def client(signed_in):
    return signed_in(professional())


def ask(client, pool, **fields):
    form = WORDS | {"kind": "question", "cid": str(uuid.uuid4())} | fields
    return client.post(reverse("forums:ask", args=[pool.pk]), form)


def reply(client, to, body):
    url = reverse("forums:reply", args=[to.pk])
    return client.post(url, {"body": body, "cid": uuid.uuid4()})


def test_what_was_said_before_stands_once_between_writing_and_posting(client, net):
    before = topic(net)
    step = ask(client, net)
    content = step.content.decode()
    assert step.status_code == 200
    assert before.title in content
    assert WORDS["body"] in content
    assert 'name="similar_seen" value="1"' in content
    assert Topic.objects.count() == 1
    assert ask(client, net, similar_seen="1").status_code == 302
    assert Topic.objects.count() == 2


def test_without_anything_similar_there_is_no_step(client, net):
    assert ask(client, net).status_code == 302


def test_a_topic_that_answers_is_counted_once_and_the_text_is_kept(signed_in, net):
    before, asker = topic(net), professional()
    client = signed_in(asker)
    for _ in range(2):
        led = ask(client, net, answers=f"topic:{before.pk}")
        assert led.url == before.get_absolute_url()
    assert Deflection.objects.filter(topic=before, person=asker).count() == 1
    assert WORDS["body"] in {draft.body for draft in asker.drafts.all()}
    hidden = topic(pool("HEAD", audience=("heads",)))
    assert ask(client, net, answers=f"topic:{hidden.pk}").status_code == 200
    assert Deflection.objects.count() == 1


@pytest.mark.parametrize("kind", ["obsolete", "merged", "hidden"])
def test_what_does_not_help_is_not_suggested(client, net, kind):
    expert = serving(net)
    old = topic(net if kind != "hidden" else pool("HEAD", audience=("heads",)))
    if kind == "obsolete":
        services.accept_answer(answer(old), by=old.asker)
        reviewing.mark_obsolete(old, by=expert, reason="new server")
    elif kind == "merged":
        moving.merge(old, into=topic(net, title="Quite another", body="subject"), by=expert)
    hits = client.get(reverse("search:similar"), {"q": "DHCP runs out"}).content.decode()
    assert f"/forum/topics/{old.pk}/" not in hits


def test_whoever_is_mentioned_hears_it_once_and_the_name_leads_there(client, net):
    asked, named = topic(net), professional()
    reply(client, asked, f"Ask @{named.employee_id.lower()}, not `@{asked.asker.employee_id}`.")
    assert [notice.reason for notice in named.notices.all()] == ["You are mentioned."]
    assert asked.asker.notices.get().reason == "You watch this topic."
    page = client.get(asked.get_absolute_url()).content.decode()
    assert f'<a href="{named.get_absolute_url()}"' in page


def test_a_mention_tells_nobody_of_what_they_may_not_see(signed_in):
    heads = pool("HEAD", audience=("serving:HEAD",))
    member, outsider = serving(heads), professional()
    asked = topic(heads, author=member)
    reply(signed_in(member), asked, f"@{outsider.employee_id} should know")
    assert not outsider.notices.exists()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (" ".join(f"@ICT{number:04}" for number in range(2000)), "names at most 20 people"),
        (" ".join(f"@ICT{number:04}" for number in range(5000)), "At most 20000 letters"),
        ("|a" * 500 + "\n" + "|-" * 500, "at most 50 columns"),
        (">" * 5000 + " deep", "at most 20 deep"),
        ("- " * 3000 + "x", "at most 20 deep"),
        ("http://a" * 2000, "at most 100 links"),
    ],
)
def test_what_would_reach_too_many_or_take_too_long_is_refused_and_kept(client, net, body, why):
    asked = topic(net)
    refused = reply(client, asked, body)
    assert refused.status_code == 422
    assert why in refused.content.decode()
    assert body[-40:].replace(">", "&gt;") in refused.content.decode()
    assert asked.posts.count() == 1


def test_a_quotation_fills_the_reply_box_and_names_its_post(client, net):
    asked = topic(net, body="First line.\nSecond line.")
    page = client.get(asked.get_absolute_url() + "?quote=1").content.decode()
    assert f"[{asked.asker.name} #1](/forum/topics/{asked.pk}/?post=1#post-1):" in page
    assert "&gt; First line.\n&gt; Second line." in page
    for number in ("2", "99999999999", "x"):
        assert client.get(asked.get_absolute_url() + f"?quote={number}").status_code == 200


def test_a_topic_on_paper_has_all_posts_and_nothing_to_press(client, net):
    asked = topic(net)
    answer(asked, body="On paper too.")
    page = client.get(reverse("forums:print", args=[asked.pk])).content.decode()
    assert "On paper too." in page
    assert "<button" not in page
