"""Texts that are not posted yet: kept, never written over, gone with the post."""

import re
import uuid
from io import BytesIO

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile as Upload
from django.test import Client
from django.urls import reverse
from PIL import Image

from forums import moving, services
from forums.models import Attachment, Draft, Post, Topic
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
TEXT = {"title": "Which mask for forty hosts?", "body": "I have **forty** hosts."}


@pytest.fixture
def net():
    return pool()


@pytest.fixture
def writer():
    return professional()


@pytest.fixture
def client(signed_in, writer):
    return signed_in(writer)


def ask_form(**fields):
    return TEXT | {"kind": "question", "cid": str(uuid.uuid4())} | fields


def copy(client, cid, place, *, base=0, **fields):
    """What the script sends of a form."""
    url = reverse("forums:draft", args=[cid])
    return client.post(url, TEXT | {"base": base} | place | fields)


def picture(name="router.png"):
    data = BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG")
    return Upload(name, data.getvalue(), "image/png")


def test_a_copy_is_kept_and_the_page_of_drafts_leads_to_its_form(client, net):
    cid = uuid.uuid4()
    for _ in range(2):  # a copy that comes twice is one revision
        answered = copy(client, cid, {"pool": net.pk}, tags="dhcp, wire")
        assert answered.json()["revision"] == 1
    page = client.get(reverse("forums:drafts")).content.decode()
    assert TEXT["title"] in page
    form = client.get(re.search(r'href="(/forum/pools/[^"]*draft=[^"]*)"', page)[1])
    content = form.content.decode()
    assert TEXT["body"] in content
    assert "dhcp, wire" in content
    assert str(cid) in content


def test_an_older_revision_writes_over_nothing(client, net, writer):
    cid = uuid.uuid4()
    copy(client, cid, {"pool": net.pk})
    copy(client, cid, {"pool": net.pk}, base=1, body="from this tab")
    answered = copy(client, cid, {"pool": net.pk}, base=1, body="from the other tab")
    assert (answered.status_code, answered.json()) == (409, {"state": "newer", "revision": 2})
    assert [draft.body for draft in writer.drafts.all()] == ["from this tab"]
    # Without a script the button keeps both side by side.
    url = reverse("forums:ask", args=[net.pk])
    client.post(url, ask_form(cid=cid, base=1, body="from the other tab", keep="1"))
    assert {draft.body for draft in writer.drafts.all()} == {
        "from this tab",
        "from the other tab",
    }


def test_posting_takes_the_draft_away_and_a_late_copy_does_not_bring_it_back(client, net, writer):
    form = ask_form()
    copy(client, form["cid"], {"pool": net.pk})
    assert client.post(reverse("forums:ask", args=[net.pk]), form).status_code == 302
    late = copy(client, form["cid"], {"pool": net.pk}, base=1, body="typed on")
    assert late.json() == {"state": "posted"}
    assert client.get(reverse("forums:draft", args=[form["cid"]])).json()["state"] == "posted"
    assert not writer.drafts.exists()


def test_a_reply_and_an_edit_take_their_drafts_away(client, net, writer):
    asked = topic(net, author=writer)
    cid, other = uuid.uuid4(), uuid.uuid4()
    copy(client, cid, {"topic": asked.pk})
    client.post(reverse("forums:reply", args=[asked.pk]), {"body": "Seen.", "cid": cid})
    post = asked.posts.get(number=1)
    copy(client, other, {"post": post.pk}, revision="1")
    shown = client.get(reverse("forums:edit", args=[post.pk]) + f"?draft={other}")
    assert TEXT["body"] in shown.content.decode()
    form = {"title": asked.title, "body": "Clearer.", "revision": 1, "cid": other}
    assert client.post(reverse("forums:edit", args=[post.pk]), form).status_code == 302
    assert not writer.drafts.exists()


def test_what_cannot_be_posted_yet_can_be_kept(client, net, writer):
    """Too long, without a title, with too many tags: a draft all the same."""
    form = ask_form(title="", body="x" * 30_000, tags="a,b,c,d,e,f,g", keep="1")
    answered = client.post(reverse("forums:ask", args=[net.pk]), form, follow=True)
    assert "Kept on the server" in answered.content.decode()
    assert [len(draft.body) for draft in writer.drafts.all()] == [30_000]
    longer = client.post(reverse("forums:ask", args=[net.pk]), form | {"body": "y" * 200_001})
    assert longer.status_code == 422
    assert "y" * 200_001 in longer.content.decode()


def test_another_persons_draft_is_not_there(client, net, signed_in, writer):
    cid = uuid.uuid4()
    copy(client, cid, {"pool": net.pk})
    stranger = signed_in(professional())
    assert stranger.get(reverse("forums:draft", args=[cid])).json()["state"] == "unknown"
    assert TEXT["title"] not in stranger.get(reverse("forums:drafts")).content.decode()
    page = stranger.get(reverse("forums:ask", args=[net.pk]) + f"?draft={cid}")
    assert TEXT["body"] not in page.content.decode()
    stranger.post(reverse("forums:discard", args=[cid]))
    assert writer.drafts.count() == 1
    client.post(reverse("forums:discard", args=[cid]))
    assert not writer.drafts.exists()


def test_a_place_that_is_closed_to_the_writer_is_not_named(client, writer):
    asked = topic(pool("HEAD", audience=("heads",)), title="Budget of the heads")
    answered = copy(client, uuid.uuid4(), {"topic": asked.pk})
    assert answered.status_code == 422
    Draft.objects.create(person=writer, cid=uuid.uuid4(), topic=asked, body="my own words")
    page = client.get(reverse("forums:drafts")).content.decode()
    assert "my own words" in page
    assert "Budget of the heads" not in page


def test_a_form_sent_after_the_session_ended_waits_for_the_sign_in(client, net, writer):
    url = reverse("forums:ask", args=[net.pk])
    token = re.search(r'name="writer" value="([^"]*)"', client.get(url).content.decode())[1]
    client.logout()
    sent = client.post(url, ask_form(writer=token))
    assert sent.status_code == 302
    assert sent.url.startswith("/accounts/login/")
    assert SESSION_KEY not in client.session
    client.force_login(writer)
    assert TEXT["body"] in client.get(url).content.decode()
    # On a shared machine the next person does not see it.
    other = Client()
    other.post(url, ask_form(writer=token))
    other.force_login(professional())
    assert TEXT["body"] not in other.get(url).content.decode()
    # What nobody signed on a form of ours is not kept.
    stranger = Client()
    stranger.post(url, ask_form(writer="invented"))
    assert not stranger.session.keys()


def test_files_stay_through_preview_and_refusal_and_go_with_the_question(client, net, writer):
    url = reverse("forums:ask", args=[net.pk])
    form = ask_form()
    log = Upload("boot.log", b"link down\n")
    shown = client.post(url, form | {"attached": [picture(), log], "preview": "1"})
    assert "router.png" in shown.content.decode()
    assert Attachment.objects.count() == 2
    form["base"] = re.search(r'name="base" value="(\d+)"', shown.content.decode())[1]
    # A title that is too short, and the log taken away again.
    gone = Attachment.objects.get(name="boot.log")
    refused = client.post(url, form | {"title": "Short", "drop": [gone.pk]})
    assert refused.status_code == 422
    assert "boot.log" not in refused.content.decode()
    form["base"] = re.search(r'name="base" value="(\d+)"', refused.content.decode())[1]
    assert client.post(url, form | {"attached": Upload("trace.txt", b"1 10.0.0.1\n")}).url
    question = Topic.objects.get().posts.get()
    assert {row.name for row in question.attachments.all()} == {"router.png", "trace.txt"}
    assert not Draft.objects.exists()
    # Sent again, as after a lost answer: nothing more, nothing less.
    assert client.post(url, form).status_code == 302
    assert question.attachments.count() == 2


def test_a_file_of_a_draft_is_for_its_writer_only(client, net, signed_in):
    client.post(
        reverse("forums:ask", args=[net.pk]), ask_form() | {"attached": picture(), "preview": "1"}
    )
    row = Attachment.objects.get()
    url = reverse("forums:attachment_file", args=[row.pk])
    sent = client.get(url)
    assert b"".join(sent.streaming_content).startswith(b"RIFF")
    sent.close()
    assert client.get(reverse("forums:attachment", args=[row.pk])).status_code == 200
    assert signed_in(serving(net, "lead")).get(url).status_code == 404
    client.post(reverse("forums:discard", args=[Draft.objects.get().cid]))
    assert not Attachment.objects.exists()


def test_a_wrong_file_is_named_and_the_question_is_not_sent(client, net):
    url = reverse("forums:ask", args=[net.pk])
    answered = client.post(url, ask_form() | {"attached": Upload("x.exe", b"MZ\x00\x01\x02")})
    assert answered.status_code == 422
    assert "x.exe is neither a picture" in answered.content.decode()
    assert TEXT["body"] in answered.content.decode()
    assert not Post.objects.exists()


@pytest.mark.parametrize("number", [1, 30])
def test_drafts_query_count(client, net, writer, django_assert_max_num_queries, number):
    asked = topic(net)
    post = answer(asked, writer)
    for place in ({"pool": net}, {"topic": asked}, {"post": post}):
        Draft.objects.bulk_create(
            Draft(person=writer, cid=uuid.uuid4(), body="words", **place)
            for _ in range(number // 3 + 1)
        )
    with django_assert_max_num_queries(20):
        client.get(reverse("forums:drafts"))


def test_a_draft_of_a_merged_topic_goes_to_where_its_posts_are(client, net, writer):
    old, new = topic(net), topic(net, title="The other one")
    cid = uuid.uuid4()
    copy(client, cid, {"topic": old.pk})
    moving.merge(old, into=new, by=serving(net, "lead"))
    page = client.get(reverse("forums:drafts")).content.decode()
    assert f"/forum/topics/{new.pk}/?draft={cid}" in page
    post = services.reply(new, author=writer, body="Here.", cid=cid)
    assert post.topic == new
    assert not writer.drafts.exists()
