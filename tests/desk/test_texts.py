"""What is typed at the desk is kept as in the forum: drafts, sessions that end, rates."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from desk import sharing
from desk.models import Request
from forums.models import Draft, SentText
from moderation import limits
from tests.factories.desk import delivered, filed, in_work, service
from tests.factories.forums import pool
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
TEXT = {"title": "Measure the wireless", "body": "It drops when the waiting room is full."}


@pytest.fixture
def net():
    return pool()


@pytest.fixture
def me():
    return professional()


@pytest.fixture
def client(signed_in, me):
    return signed_in(me)


def copy(client, cid, room, **fields):
    """What the script sends of a form."""
    return client.post(reverse("forums:draft", args=[cid]), {"room": room, **fields})


def intake(net, **fields):
    given = {"pool": net.pk, "urgency": "high", "cid": uuid.uuid4()}
    return TEXT | given | fields


def test_a_copy_of_a_request_is_kept_with_every_choice_and_goes_when_it_is_filed(client, net, me):
    form = intake(net, on_site="on")
    cid = form.pop("cid")
    for _twice in range(2):
        assert copy(client, cid, "desk:file", **form).json() == {"state": "draft", "revision": 1}
    page = client.get(reverse("forums:drafts")).content.decode()
    assert TEXT["title"] in page
    shown = client.get(re.search(r'href="(/desk/file/[^"]*draft=[^"]*)"', page)[1])
    begun = shown.context["form"]
    assert {name: begun[name].value() for name in ("title", "body", "urgency", "on_site")} == {
        **TEXT,
        "urgency": "high",
        "on_site": "on",
    }
    assert str(begun["cid"].value()) == str(cid)
    assert str(begun["pool"].value()) == str(net.pk)
    assert client.post("/desk/file/", form | {"cid": cid}).status_code == 302
    assert not me.drafts.exists()
    assert copy(client, cid, "desk:file", body="late").json() == {"state": "posted"}
    assert client.get(reverse("forums:draft", args=[cid])).json()["state"] == "posted"
    assert Request.objects.count() == 1


def test_an_older_revision_writes_over_nothing(client, me):
    cid = uuid.uuid4()
    copy(client, cid, "desk:file", body="one")
    assert copy(client, cid, "desk:file", body="two", base=1).json()["revision"] == 2
    assert copy(client, cid, "desk:file", body="other tab", base=1).status_code == 409
    # Without a script the button keeps both side by side.
    client.post("/desk/file/", {"body": "other tab", "cid": cid, "base": 1, "keep": "1"})
    assert {draft.body for draft in me.drafts.all()} == {"two", "other tab"}


def test_each_form_of_a_request_gets_its_own_text_back(signed_in, net):
    asked = in_work(net)
    expert = signed_in(asked.claimed_by)
    cids = {part: uuid.uuid4() for part in ("say", "deliver", "propose", "wait")}
    words = {
        "say": {"body": "On the way.", "internal": "on"},
        "deliver": {"deliverable": "A new cable.", "hours": "2.5"},
        "propose": {"place": "Server room", "kind": "remote", "minutes": "30"},
        "wait": {"note": "Which floor?"},
    }
    for part, cid in cids.items():
        assert copy(expert, cid, f"desk:{asked.pk}:{part}", **words[part]).status_code == 200
    drafts = expert.get(reverse("forums:drafts")).content.decode()
    for part, cid in cids.items():
        assert f"/desk/{asked.pk}/?draft={cid}" in drafts
        page = expert.get(f"/desk/{asked.pk}/?draft={cid}")
        forms = {"say": page.context["talk_form"], "propose": page.context["slot_form"]} | {
            action["verb"]: action["form"] for action in page.context["actions"]
        }
        assert {name: forms[part][name].value() for name in words[part]} == words[part]
        others = {name: form for name, form in forms.items() if name != part}
        assert all(str(form["cid"].value()) != str(cid) for form in others.values())
    url = f"/desk/{asked.pk}/deliver/"
    expert.post(url, {"deliverable": "A new cable.", "cid": cids["deliver"]})
    assert {draft.body for draft in asked.claimed_by.drafts.all()} == {
        "On the way.",
        "Server room",
        "Which floor?",
    }
    assert SentText.objects.filter(cid=cids["deliver"]).exists()


def test_what_others_learn_from_it_is_kept_while_it_is_edited(signed_in, net):
    asked = delivered(net)
    sharing.draft(asked, by=asked.requester)
    requester, cid = signed_in(asked.requester), uuid.uuid4()
    url = f"/desk/{asked.pk}/share/"
    words = {"title": "How to measure it", "question": "How?", "answer": "With a meter, twice."}
    copy(requester, cid, f"desk:{asked.pk}:share", **words)
    begun = requester.get(f"{url}?draft={cid}").context["form"]
    assert {name: begun[name].value() for name in words} == words
    assert requester.post(url, words | {"cid": cid}).status_code == 302
    assert not Draft.objects.exists()


def test_a_form_of_what_one_may_not_see_is_no_place(client, net, me):
    asked = filed(net, confidential=True)
    for room in (f"desk:{asked.pk}:say", "desk:service:none", "desk", "desk:x:say", "no:1:say"):
        assert copy(client, uuid.uuid4(), room, body="words").status_code == 422, room
    assert copy(client, uuid.uuid4(), "desk:file", body="x" * 200_001).status_code == 422
    # Where somebody may not go any more, the text is still theirs.
    Draft.objects.create(person=me, cid=uuid.uuid4(), room=f"desk:{asked.pk}:say", body="mine")
    page = client.get(reverse("forums:drafts")).content.decode()
    assert "mine" in page
    assert asked.title not in page


def test_forms_sent_after_the_session_ended_wait_for_the_sign_in(signed_in, net):
    asked, offered = in_work(net), service(net)
    expert = asked.claimed_by
    browser = signed_in(expert)
    token = browser.get(f"/desk/{asked.pk}/").context["writer"]
    posts = {
        f"/desk/{asked.pk}/deliver/": (f"/desk/{asked.pk}/", {"deliverable": "Kept words."}),
        f"/desk/{asked.pk}/say/": (f"/desk/{asked.pk}/", {"body": "Kept words."}),
        "/desk/file/": ("/desk/file/", TEXT | {"body": "Kept words."}),
        offered.get_absolute_url(): (offered.get_absolute_url(), {"body": "Kept words."}),
    }
    for url, (page, words) in posts.items():
        browser = Client()
        sent = browser.post(url, words | {"writer": token, "cid": uuid.uuid4()})
        assert sent.url.startswith("/accounts/login/"), url
        browser.force_login(expert)
        assert "Kept words." in browser.get(page).content.decode(), url
        stranger = Client()
        stranger.post(url, words | {"writer": token, "cid": uuid.uuid4()})
        stranger.force_login(asked.requester)
        assert "Kept words." not in stranger.get(page).content.decode(), url


def test_faster_than_the_rate_is_429_with_the_text(client, net, monkeypatch):
    monkeypatch.setitem(limits.RATES, "request", limits.Rate(limits.RATES["request"].every, 1))
    assert client.post("/desk/file/", intake(net)).status_code == 302
    late = client.post("/desk/file/", intake(net))
    assert (late.status_code, "Retry-After" in late) == (429, True)
    assert TEXT["body"] in late.content.decode()
    assert Request.objects.count() == 1
