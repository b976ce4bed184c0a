"""History, review dates, clocks, files, feeds, and what a public topic says of itself."""

import json
import re
import uuid
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile as Upload
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from forums import diffs, reminding, reviewing, services
from forums.models import Attachment, ExpertPool, PoolMembership, Topic, TopicAct
from notifications.models import Notice
from people.models import Audience
from search.models import SearchDocument
from tests.crawl import kilobytes
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.people import PersonFactory, professional

pytestmark = pytest.mark.django_db


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_diff_holds_both_texts(old, new):
    pieces = diffs.word_diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "ins") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "del") == new


def test_a_version_comes_back_with_its_title_as_a_new_edit(signed_in):
    asked = topic()
    post = asked.posts.get()
    services.edit_post(post, by=asked.asker, body="Worse.", revision=1, title="Another title")
    first = post.revisions.get()
    url = reverse("forums:restore", args=[post.pk])
    assert signed_in(professional()).post(url, {"revision": first.pk}).status_code == 403
    assert signed_in(asked.asker).post(url, {"revision": first.pk}).status_code == 302
    post.refresh_from_db()
    asked.refresh_from_db()
    assert (post.body, post.revision) == ("The pool is empty every noon.", 3)
    assert asked.title == "DHCP runs out at noon"
    assert signed_in(asked.asker).post(url, {"revision": "9" * 30}).status_code == 422


def test_an_accepted_answer_comes_up_for_review_and_is_confirmed(signed_in):
    asked = topic()
    author = professional()
    services.accept_answer(answer(asked, author), by=asked.asker)
    asked.refresh_from_db()
    assert asked.review_by == timezone.localdate() + timedelta(days=365)
    Topic.objects.update(review_by=timezone.localdate())
    client = signed_in(author)
    assert asked.title in client.get(reverse("forums:stale")).content.decode()
    assert asked.title not in signed_in(asked.asker).get(reverse("forums:stale")).content.decode()
    assert "Is it still true?" in client.get(asked.get_absolute_url()).content.decode()
    url = reverse("forums:confirm", args=[asked.pk])
    assert signed_in(professional()).post(url).status_code == 403
    for _ in range(2):
        client.post(url, {"queue": "1"})
    assert TopicAct.objects.count() == 1
    assert not reviewing.stale_for(author).exists()


def test_an_obsolete_topic_says_why_and_sinks_in_search(signed_in):
    net = pool()
    lead, asked = serving(net, "lead"), topic(net)
    url = reverse("forums:obsolete", args=[asked.pk])
    client = signed_in(lead)
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"obsolete-reason": "Since the new firmware."}).status_code == 302
    assert "Since the new firmware." in client.get(asked.get_absolute_url()).content.decode()
    assert SearchDocument.objects.get(key=f"topic:{asked.pk}").state == "obsolete"


def test_a_question_has_a_clock_and_one_owner(signed_in):
    net = pool()
    lead, expert, asked = serving(net, "lead"), serving(net), topic(net)
    url = reverse("forums:waiting", args=[net.pk])
    client = signed_in(expert)
    assert lead.name in client.get(url).content.decode()
    take = reverse("forums:take", args=[asked.pk])
    client.post(take, {"value": "1"})
    signed_in(lead).post(take, {"value": "1"})
    asked.refresh_from_db()
    assert asked.owner == expert
    assert signed_in(professional()).post(take, {"value": "1"}).status_code == 403
    answer(asked, asked.asker)
    assert asked.title in client.get(url).content.decode()
    answer(asked)
    assert asked.title not in client.get(url).content.decode()


def told(person) -> list[str]:
    return [notice.reason for notice in person.notices.in_app().filter(event__startswith="topic:")]


def test_a_late_question_and_an_overdue_review_are_told_once():
    net = pool()
    lead, expert = serving(net, "lead"), serving(net)
    with time_machine.travel("2026-03-06T10:00+06:00", tick=False):  # a Friday
        asked, taken = topic(net), topic(net, title="Which cable is it?")
        closed = topic(net, title="For others", audience=Audience.objects.of("heads"))
        answered = topic(net, title="Answered")
        services.accept_answer(answer(answered, expert), by=answered.asker)
        reviewing.set_owner(taken, person=expert, value=True)
        Notice.objects.all().delete()
    with time_machine.travel("2026-03-10T18:00+06:00", tick=False):
        assert reminding.remind() == 0
    with time_machine.travel("2026-03-11T09:00+06:00", tick=False):
        assert (reminding.remind(), reminding.remind()) == (3, 1)  # of `closed` nobody can hear
    assert told(lead) == ["You lead the pool Pool NET."]
    assert told(expert) == ["You took it on."]
    Notice.objects.all().delete()
    with time_machine.travel("2027-03-06T09:00+06:00", tick=False):
        assert (reminding.remind(), reminding.remind()) == (1, 0)
        assert told(lead) == ["You lead the pool Pool NET."]
        assert told(expert) == ["You gave the accepted answer."]
        reviewing.confirm(answered, by=expert)
        assert reminding.remind() == 0
    assert closed.audience != asked.audience


LATE = "2026-03-11T09:00+06:00"


def asked_on_friday(in_pool, **fields):
    with time_machine.travel("2026-03-06T10:00+06:00", tick=False):
        return topic(in_pool, **fields)


@pytest.mark.parametrize("gone", ["owner", "lead", "everybody", "pool"])
def test_a_late_question_finds_somebody_whoever_has_gone(gone):
    net, admin = pool(), PersonFactory(is_superuser=True)
    lead, expert = serving(net, "lead"), serving(net)
    asked = asked_on_friday(net)
    reviewing.set_owner(asked, person=expert, value=True)
    left = {"owner": [expert], "lead": [lead, expert], "everybody": [lead, expert], "pool": []}[
        gone
    ]
    other = serving(net) if gone == "lead" else None
    PoolMembership.objects.filter(person__in=left).update(ends=timezone.localdate())
    if gone == "pool":
        ExpertPool.objects.filter(pk=net.pk).update(live=False)
        PoolMembership.objects.filter(person=expert).update(ends=timezone.localdate())
    Notice.objects.all().delete()
    with time_machine.travel(LATE, tick=False):
        assert (reminding.remind(), reminding.remind()) == (1, 0)
    hears = {"owner": lead, "lead": other, "everybody": admin, "pool": admin}[gone]
    assert [notice.person for notice in Notice.objects.in_app()] == [hears]


def test_of_a_question_that_nobody_there_may_read_administrators_hear_only_the_pool(signed_in):
    net, admin = pool(), PersonFactory(is_superuser=True)
    serving(net, "lead")
    asked_on_friday(net, title="For heads alone", audience=Audience.objects.of("heads"))
    Notice.objects.all().delete()
    with time_machine.travel(LATE, tick=False):
        assert (reminding.remind(), reminding.remind()) == (1, 0)
    notice = Notice.objects.in_app().get()
    assert notice.person == admin
    assert "For heads alone" not in notice.title


def test_an_administrator_moves_a_question_of_a_closed_pool_and_the_other_pool_hears(signed_in):
    net, security, admin = pool(), pool("SEC"), PersonFactory(is_superuser=True)
    asked, expert = asked_on_friday(net), serving(security)
    ExpertPool.objects.filter(pk=net.pk).update(live=False)
    url = reverse("forums:move", args=[asked.pk])
    assert signed_in(professional()).post(url, {"move-pool": security.pk}).status_code == 403
    assert signed_in(admin).post(url, {"move-pool": security.pk}).status_code == 302
    assert expert.notices.in_app().get().title == f"Moved to your pool: {asked.title}"
    with time_machine.travel(LATE, tick=False):
        reminding.remind()
    assert expert.notices.in_app().filter(event=f"topic:{asked.pk}:late:{security.pk}").exists()


def test_two_working_days_pass_over_weekend_and_holiday():
    friday = datetime(2026, 3, 6, 4, 0, tzinfo=UTC)
    assert reviewing.due_by(friday, set()) == date(2026, 3, 10)
    assert reviewing.due_by(friday, {date(2026, 3, 9)}) == date(2026, 3, 11)


def picture(size=(40, 30), form="JPEG"):
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", size, "red").save(out, form, exif=exif)
    return out.getvalue()


def send(client, asked, *files, body="See the picture."):
    form = {"body": body, "cid": str(uuid.uuid4()), "attached": list(files)}
    return client.post(reverse("forums:reply", args=[asked.pk]), form)


def test_a_picture_is_drawn_anew_and_sent_as_a_file_to_readers_only(signed_in):
    asked = topic(pool(audience=("heads",)))
    client = signed_in(asked.asker)
    reader = serving(asked.pool)
    asked.audience.tokens.create(token="serving:NET")
    client = signed_in(reader)
    assert send(client, asked, Upload("a.jpg", picture((2000, 100)))).status_code == 302
    row = Attachment.objects.get()
    assert (row.kind, row.width, row.height) == ("picture", 1600, 80)
    url = reverse("forums:attachment_file", args=[row.pk])
    response = client.get(url)
    data = b"".join(response)
    response.close()
    assert b"secret" not in data
    assert Image.open(BytesIO(data)).format == "WEBP"
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    assert url in client.get(asked.get_absolute_url()).content.decode()
    for address in (url, reverse("forums:attachment", args=[row.pk])):
        assert signed_in(professional()).get(address).status_code == 404


def test_markup_is_a_text_and_the_same_file_again_is_the_same(signed_in):
    asked = topic()
    client = signed_in(asked.asker)
    url = reverse("forums:files", args=[asked.posts.get().pk])
    for _ in range(2):
        client.post(url, {"attached": [Upload("x.html", b"<script>alert(1)</script>")]})
    row = Attachment.objects.get()
    page = client.get(reverse("forums:attachment", args=[row.pk])).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    response = client.get(reverse("forums:attachment_file", args=[row.pk]))
    response.close()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    client.post(reverse("forums:detach", args=[row.post_id]), {"attachment": row.pk})
    assert not Attachment.objects.exists()


BOMB = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x02\x00\x00\x00"


@pytest.mark.parametrize(
    "data", [b"MZ\x90\x00\x03", b"%PDF-1.7\x00\x01", BOMB, b"\xff\xd8\xff", b"", b"x" * (2 * 2**20)]
)
def test_what_is_not_taken_is_said_and_the_text_stays(signed_in, data):
    asked = topic()
    response = send(signed_in(asked.asker), asked, Upload("f", data), body="Typed for long.")
    page = response.content.decode()
    assert response.status_code == 422
    assert "Typed for long." in page
    assert "must be chosen again" in page
    assert (asked.posts.count(), Attachment.objects.count()) == (1, 0)


def test_a_feed_gives_each_reader_what_they_may_see(signed_in, client):
    open_one = topic(pool("PUB", audience=("public",)), title="Everybody may read this")
    topic(pool("HEAD", audience=("heads",)), title="Only heads may read this", tags=["x"])
    page = client.get(reverse("forums:feed")).content.decode()
    assert open_one.title in page
    assert "Only heads" not in page
    assert signed_in(professional()).get(reverse("forums:tag_feed", args=["x"])).status_code == 404


def test_a_public_question_tells_search_engines_what_it_is(client):
    asked = topic(pool("PUB", audience=("public",)), title="What is </script><b> here?")
    services.accept_answer(answer(asked, body="It is **5 < 6**."), by=asked.asker)
    page = client.get(asked.get_absolute_url()).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    entity = json.loads(found[1])["mainEntity"]
    assert entity["name"] == asked.title
    assert [row["text"] for row in entity["acceptedAnswer"]] == ["It is 5 < 6."]


def test_nobody_signed_in_is_not_the_author_whom_nobody_knows(client):
    asked = topic(pool("PUB", audience=("public",)))
    asked.posts.update(author=None, author_name="Somebody")
    Topic.objects.update(asker=None, asker_name="Somebody")
    page = client.get(asked.get_absolute_url()).content.decode()
    assert "/edit/" not in page
    assert "Accept this answer" not in page


def test_two_hundred_posts_take_fifteen_queries_and_sixty_kilobytes(
    signed_in, django_assert_max_num_queries
):
    asked = topic()
    people = [professional() for _ in range(5)]
    for number in range(199):
        answer(
            asked, people[number % 5], body=f"Reply {number}: look at the cable, then the lease."
        )
    client = signed_in(asked.asker)
    client.get(asked.get_absolute_url())
    with django_assert_max_num_queries(15):
        response = client.get(asked.get_absolute_url())
    assert kilobytes(response.content) <= 60


def test_a_lead_looks_at_the_report_before_anything_is_taken(signed_in):
    net = pool()
    client = signed_in(serving(net, "lead"))
    row = {"cid": "a", "title": "From the old list", "body": "b", "author": "K",
           "created": "2015-03-01T09:00:00Z"}  # fmt: skip
    file = Upload("old.jsonl", json.dumps(row).encode() + b"\nnonsense")
    response = client.post(reverse("forums:import", args=[net.pk]), {"file": file}, follow=True)
    report = response.redirect_chain[-1][0]
    assert "1 taken, 0 unchanged, 1 refused" in response.content.decode()
    assert not Topic.objects.exists()
    for _ in range(2):
        client.post(report)
    assert Topic.objects.get().title == "From the old list"
    assert signed_in(serving(net)).get(report).status_code == 403
