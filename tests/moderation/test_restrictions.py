"""Silence, suspension and rates: at once, everywhere, and what was typed is kept."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from desk import sharing
from forums.models import Post, Topic
from moderation.models import Restriction
from moderation.rates import Rate, spend
from moderation.restricting import lift, restrict
from tests.factories.desk import claimed, delivered, filed
from tests.factories.forums import answer, pool, serving, topic
from tests.factories.live import make_session
from tests.factories.moderation import moderator
from tests.factories.people import PersonFactory, professional

pytestmark = pytest.mark.django_db
TYPED = "A reply of many words."


def for_an_hour(person, kind="silence", by=None) -> Restriction:
    until = timezone.now() + timedelta(hours=1)
    return restrict(person, kind=kind, until=until, reason="Shouting.", by=by or moderator())


def reply(client, asked, body=TYPED):
    form = {"body": body, "cid": str(uuid.uuid4())}
    return client.post(reverse("forums:reply", args=[asked.pk]), form)


def test_the_silenced_read_and_write_nothing_and_keep_their_text(signed_in):
    asked, person = topic(), professional()
    client = signed_in(person)
    assert reply(client, asked).status_code == 302
    row = for_an_hour(person)
    response = reply(client, asked, "Another reply of many words.")
    page = response.content.decode()
    assert response.status_code == 403
    assert "Shouting." in page
    assert "Another reply of many words." in page
    assert "write nothing until" in client.get(asked.get_absolute_url()).content.decode()
    ask = {"title": "A question at last", "body": "Text", "kind": "question", "cid": uuid.uuid4()}
    assert client.post(reverse("forums:ask", args=[asked.pool_id]), ask).status_code == 403
    assert Topic.objects.count() == 1
    lift(row, by=row.by)
    assert reply(client, asked, "Another reply of many words.").status_code == 302


def test_the_silenced_file_nothing_and_say_nothing_live(signed_in):
    request = filed()
    net = request.pool
    session = make_session(pool=net)
    person = request.requester
    client = signed_in(person)
    for_an_hour(person)
    form = {"pool": net.pk, "title": "A request", "body": "Text of it", "urgency": "normal"}
    file = client.post(reverse("desk:file"), form | {"cid": uuid.uuid4()})
    assert (file.status_code, "Text of it" in file.content.decode()) == (403, True)
    said = {"t": "q.ask", "cid": str(uuid.uuid4()), "body": "May I ask this here?"}
    url = reverse("live:commands", args=[session.pk])
    answer = client.post(url, said, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_the_silenced_propose_no_time_share_nothing_and_curate_nothing(signed_in):
    asked = delivered()
    expert, net = asked.claimed_by, asked.pool
    shared, asked_there = sharing.draft(asked, by=expert), topic(net)
    client = signed_in(expert)
    for_an_hour(expert)
    day = timezone.localtime() + timedelta(days=2)
    slot = {
        "kind": "visit",
        "starts": f"{day:%Y-%m-%dT%H:%M}",
        "minutes": "30",
        "place": "The hall",
    }
    told = client.post(reverse("desk:propose", args=[asked.pk]), slot | {"cid": str(uuid.uuid4())})
    assert (told.status_code, "The hall" in told.content.decode()) == (403, True)
    reason = {"obsolete-reason": "It is no longer so."}
    assert client.post(reverse("forums:obsolete", args=[asked_there.pk]), reason).status_code == 403
    with pytest.raises(PermissionDenied):
        sharing.edit(shared, by=expert, title="Another title", question="Q", answer="A")


def test_messages_of_a_request_keep_the_rate_and_the_text(signed_in):
    asked = claimed()
    client, url = signed_in(asked.requester), reverse("desk:say", args=[asked.pk])
    forms = [{"body": f"Message {number}", "cid": str(uuid.uuid4())} for number in range(13)]
    answers = [client.post(url, form) for form in forms]
    assert [answer.status_code for answer in answers] == [302] * 12 + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert "Message 12" in answers[-1].content.decode()
    assert asked.messages.count() == 12


def test_the_suspended_are_out_at_once_and_back_by_themselves(signed_in, client):
    person = PersonFactory()
    person.set_password("five-prayer-flags")
    person.save()
    inside = signed_in(person)
    assert inside.get(reverse("my_page")).status_code == 200
    for_an_hour(person, "suspend")
    assert inside.get(reverse("my_page")).status_code == 302
    form = {"login": person.employee_id, "password": "five-prayer-flags"}
    response = client.post(reverse("account_login"), form)
    assert response.status_code == 403
    assert "Shouting." in response.content.decode()
    assert client.get(reverse("my_page")).status_code == 302
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert client.post(reverse("account_login"), form).status_code == 302


def restrict_form(**fields):
    until = timezone.localtime() + timedelta(days=1)
    return {
        "kind": "silence",
        "until": until.strftime("%Y-%m-%dT%H:%M"),
        "reason": "Shouting.",
    } | fields


def test_who_silences_whom(signed_in):
    net, person = pool(), professional()
    administrator = PersonFactory(is_superuser=True)
    url = reverse("moderation:restrict", args=[person.employee_id])
    assert signed_in(serving(net, "lead")).post(url, restrict_form()).status_code == 403
    judge = moderator()
    client = signed_in(judge)
    for _ in range(2):
        assert client.post(url, restrict_form()).status_code == 302
    row = person.restrictions.get()
    for wrong in ({"until": "2001-01-01T00:00"}, {"reason": ""}, {"kind": "x"}):
        assert client.post(url, restrict_form(**wrong)).status_code == 422
    for out_of_reach in (judge, administrator):
        other = reverse("moderation:restrict", args=[out_of_reach.employee_id])
        assert client.post(other, restrict_form()).status_code == 403
    client.post(reverse("moderation:lift", args=[row.pk]))
    assert not person.restrictions.in_force().exists()


def test_a_longer_silence_replaces_a_shorter(signed_in):
    person, judge = professional(), moderator()
    for_an_hour(person, by=judge)
    until = timezone.now() + timedelta(days=3)
    restrict(person, kind="silence", until=until, reason="Again.", by=judge)
    assert person.restrictions.count() == 2
    assert person.restrictions.in_force().get().until == until


def test_too_fast_is_429_with_the_form_to_send_again(signed_in):
    asked, client = topic(), signed_in(professional())
    for _ in range(12):
        assert reply(client, asked).status_code == 302
    response = reply(client, asked, "The thirteenth reply.")
    page = response.content.decode()
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 15
    assert "The thirteenth reply." in page
    assert f'action="{reverse("forums:reply", args=[asked.pk])}"' in page
    assert Post.objects.filter(body="The thirteenth reply.").count() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=16)):
        assert reply(client, asked, "The thirteenth reply.").status_code == 302
    assert reply(signed_in(professional()), asked).status_code == 302


@given(
    gaps=st.lists(st.integers(0, 40), max_size=60),
    burst=st.integers(1, 8),
    every=st.integers(1, 20),
)
def test_no_window_holds_more_than_the_rate_and_a_patient_one_always_passes(gaps, burst, every):
    start = timezone.now()
    rate, due, at, passed = Rate(timedelta(seconds=every), burst), start, start, []
    for gap in gaps:
        at += timedelta(seconds=gap)
        due, wait = spend(due, at, rate)
        if not wait:
            passed.append(at)
        else:
            assert spend(due, at + wait, rate)[1] == timedelta(0)
    for number, first in enumerate(passed):
        for later, last in enumerate(passed[number:], start=1):
            assert later <= burst + (last - first) / rate.every


def test_replies_by_the_factory_know_no_rate():
    asked, author = topic(), professional()
    assert {answer(asked, author).number for _ in range(15)} == set(range(2, 17))
