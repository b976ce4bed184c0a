"""A redacted text is nowhere any more: every column of every table is looked at, and the files."""

import uuid

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models
from django.urls import reverse

from forums import importing, moderating, services
from forums.models import Attachment, Post, Topic
from moderation.models import Act
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.moderation import flagged
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
SECRET = "zq7canary"


def columns_with(text: str) -> list[str]:
    """`table.column` of every text in the database that holds `text`."""
    found = []
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if not isinstance(field, models.CharField | models.TextField | models.JSONField):
                continue
            column, table = connection.ops.quote_name(field.column), model._meta.db_table
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT count(*) FROM {connection.ops.quote_name(table)} "  # noqa: S608
                    f"WHERE lower(CAST({column} AS text)) LIKE %s",
                    [f"%{text.lower()}%"],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{table}.{field.column}")
    return found


def redact(client, post):
    case = flagged(post)
    form = {"decision": "redact", "reason": "It held a password.", "final": "on"}
    response = client.post(reverse("moderation:decide", args=[case.pk]), form)
    assert response.status_code == 302
    return case


def test_a_redacted_question_is_gone_from_every_table_index_notice_and_file(
    signed_in, django_capture_on_commit_callbacks
):
    net = pool()
    lead, asker = serving(net, "lead"), professional()
    asked = topic(
        net, author=asker, title=f"Password {SECRET}", body=f"It is {SECRET}", tags=[SECRET]
    )
    post = asked.posts.get()
    services.edit_post(
        post, by=asker, body=f"Now {SECRET}2", revision=1, title=f"Is {SECRET}2 safe?"
    )
    client = signed_in(asker)
    log = SimpleUploadedFile("router.log", f"password {SECRET}".encode())
    client.post(reverse("forums:files", args=[post.pk]), {"attached": log})
    file = Attachment.objects.get().file
    services.watch(lead, asked)
    answer(asked)
    assert len(columns_with(SECRET)) > 5
    with django_capture_on_commit_callbacks(execute=True):
        redact(signed_in(lead), post)
    # The vocabulary is counted anew every hour from the documents; the names of tags are shared.
    shared = {
        "search_searchterm.term",
        "search_searchtermkey.key",
        "taggit_tag.name",
        "taggit_tag.slug",
    }
    assert set(columns_with(SECRET)) - shared == set()
    assert not file.storage.exists(file.name)
    page = signed_in(professional()).get(asked.get_absolute_url()).content.decode()
    assert f"Redacted by {lead.name}" in page
    feed = signed_in(professional()).get(reverse("forums:feed")).content.decode()
    assert "Redacted question" in feed
    assert SECRET not in feed + page
    assert Act.objects.get(verb="redact").by == lead


def test_redacting_is_confirmed_and_final(signed_in):
    net = pool()
    client, post = signed_in(serving(net, "lead")), answer(topic(net))
    case = flagged(post)
    url = reverse("moderation:decide", args=[case.pk])
    assert client.post(url, {"decision": "redact", "reason": "x"}).status_code == 422
    redact(client, post)
    assert client.post(reverse("moderation:undo", args=[case.pk])).status_code == 409
    assert client.get(reverse("forums:edit", args=[post.pk])).status_code == 403
    flag = reverse("moderation:flag", args=["post", post.pk])
    assert signed_in(professional()).get(flag).status_code == 404


def test_an_accepted_answer_that_is_redacted_is_accepted_no_more(signed_in):
    net = pool()
    asked, expert = topic(net), serving(net)
    post = answer(asked, expert)
    services.accept_answer(post, by=asked.asker)
    redact(signed_in(serving(net, "lead")), post)
    assert not asked.posts.accepted().exists()
    assert Topic.objects.get(pk=asked.pk).review_by is None


def test_what_was_brought_in_is_gone_with_its_line_and_cannot_come_again(signed_in):
    net = pool()
    lead = serving(net, "lead")
    line = (
        f'{{"cid": "old-1", "title": "From the old list", "body": "It is {SECRET}", '
        f'"author": "Karma", "created": "2015-03-01T09:00:00Z"}}'
    ).encode()
    proposal = importing.propose(net, data=line, name="old.jsonl", by=lead)
    importing.confirm(proposal, by=lead)
    redact(signed_in(lead), Post.objects.get())
    proposal.refresh_from_db()
    assert SECRET.encode() not in bytes(proposal.data)
    assert [name for name in columns_with(SECRET) if not name.startswith("search_searchterm")] == []
    again = importing.propose(net, data=line, name="old.jsonl", by=lead)
    assert again.report["rows"][0]["reason"] == "cid_reused"
    assert [entry["body"] for entry in importing.exported(net)] == ["[redacted]"]
    assert uuid.UUID(str(Topic.objects.get().cid))


def test_one_version_is_gone_from_history_comparisons_and_notices_the_others_stay(signed_in):
    net = pool()
    lead, asker = serving(net, "lead"), professional()
    asked = topic(net, author=asker, title=f"Is {SECRET} safe?", body=f"It is {SECRET}.")
    post = asked.posts.get()
    services.watch(lead, asked)
    services.edit_post(post, by=asker, body="Which cipher?", revision=1, title="Which cipher?")
    services.edit_post(post, by=asker, body="Which cipher is safe?", revision=2)
    first, second = post.revisions.order_by("number")
    url = reverse("forums:redact_version", args=[first.pk])
    for person, status in [(asker, 403), (serving(net), 403), (professional(), 403)]:
        assert signed_in(person).get(url).status_code == status
    client = signed_in(lead)
    assert SECRET in client.get(url).content.decode()
    refused = client.post(url, {"reason": "A password."})
    assert refused.status_code == 422
    assert "A password." in refused.content.decode()
    for _again in range(2):
        response = client.post(url, {"reason": "A password.", "final": "on"}, follow=True)
        assert response.status_code == 200
    page = response.content.decode()
    assert f"This version was redacted by {lead}: A password." in page
    assert "Which cipher?" in page
    shared = {"search_searchterm.term", "search_searchtermkey.key"}
    assert set(columns_with(SECRET)) - shared == set()
    act = Act.objects.get(verb="redact_version")
    assert (act.by, act.person, act.reason) == (lead, asker, "A password.")
    assert asker.notices.filter(event=f"version:{first.pk}:redacted").count() == 1
    restore = reverse("forums:restore", args=[post.pk])
    assert signed_in(asker).post(restore, {"revision": first.pk}).status_code == 403
    assert signed_in(asker).post(restore, {"revision": second.pk}).status_code == 302
    post.refresh_from_db()
    assert (post.body, post.topic.title) == ("Which cipher?", "Which cipher?")


def test_a_question_whose_first_version_was_redacted_is_still_posted_once(signed_in):
    net = pool()
    lead, asker = serving(net, "lead"), professional()
    asked = topic(net, author=asker, title="Is it safe?", body=f"It is {SECRET}.")
    post = asked.posts.get()
    services.edit_post(post, by=asker, body="Which cipher?", revision=1)
    moderating.redact_version(post.revisions.get(), by=lead, reason="A password.")
    again = services.ask(
        pool=net, author=asker, title="Is it safe?", body=f"It is {SECRET}.", cid=asked.cid
    )
    assert again == asked
