"""From the plan to the first minute: who is told, once, and how a session is found."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from live.announcing import remind_due
from live.models import Session
from notifications.models import Notice
from tests.factories.desk import filed as filed_request
from tests.factories.live import ask, do, expert_of, make_pool, make_session
from tests.factories.people import professional

pytestmark = pytest.mark.django_db


def plan_data(pool, host, /, **changes):
    return {
        "cid": str(uuid.uuid4()),
        "title": "IPv6 in small offices",
        "summary": "Bring questions.",
        "pool": pool.pk,
        "host": host.pk,
        "names": "named",
        "audience_choice": "everyone",
        "starts": "2030-03-01T10:00",
        "ends": "2030-03-01T11:00",
        **changes,
    }


def test_planned_for_similar_requests_whose_people_are_told(signed_in):
    pool = make_pool()
    expert, member, filer = expert_of(pool), expert_of(pool), professional()
    filed = filed_request(pool, requester=filer, title="Our uplink is slow")
    client = signed_in(expert)
    address = reverse("live:plan")
    asked_for = {"title": "Slow uplinks", "requests": [filed.pk], "about": "/desk/"}
    page = client.get(address, asked_for).content.decode()
    assert 'value="Slow uplinks"' in page
    assert f'<option value="{filed.pk}" selected>' in page
    for about in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        refused = client.post(address, plan_data(pool, expert, about=about))
        assert (refused.status_code, about in refused.content.decode()) == (422, True)
    data = plan_data(pool, expert, requests=[filed.pk], about="/desk/")
    for _time in range(2):
        assert client.post(address, data).status_code == 302
    session = Session.objects.get()
    assert (list(session.requests.all()), len(session.code)) == ([filed], 6)
    told = Notice.objects.filter(event=f"live:{session.pk}:planned", channel="app")
    assert {notice.person for notice in told} == {member, filer}
    ask(session, body="Asked as soon as it was announced?")


def test_short_code_leads_to_the_session_and_others_lead_nowhere(client):
    session = make_session()
    for code in (session.code, session.code.lower()):
        assert client.get(f"/j/{code}").url == session.get_absolute_url()
    for code in ("XXXXXX", "0", "%00", "%F0%9F%90%89", "x" * 500):
        assert client.get(f"/j/{code}").status_code == 404


def test_each_is_reminded_once_and_told_of_another_time(signed_in):
    now = timezone.now()
    later = now + timedelta(days=3)
    session = make_session(state="scheduled", starts=later, ends=later + timedelta(hours=1))
    person, other = professional(), professional()
    client, address = signed_in(person), reverse("live:coming", args=[session.pk])
    for value in ("1", "1"):
        client.post(address, {"value": value})
    for value in ("1", "0"):
        signed_in(other).post(address, {"value": value})
    assert "Do not remind me" in client.get(session.get_absolute_url()).content.decode()
    assert remind_due(at=now) == 0
    at_first, at_last = later - timedelta(hours=23), later - timedelta(minutes=10)
    assert [remind_due(at=at) for at in (at_first, at_first, at_last, at_last)] == [2, 0, 2, 0]
    heard = Notice.objects.filter(person=person, channel="app", event__contains=f":{session.pk}:")
    assert heard.count() == 2
    assert not Notice.objects.filter(person=other).exists()
    host = signed_in(session.host)
    data = plan_data(session.pool, session.host, names="named")
    assert host.post(reverse("live:edit", args=[session.pk]), data).status_code == 302
    assert heard.filter(title__startswith="New time").count() == 1
    do(session, session.host, "sess.close")
    assert remind_due(at=Session.objects.get().starts - timedelta(minutes=5)) == 0


def test_calendars_hold_what_one_may_take_part_in(signed_in):
    later = timezone.now().replace(microsecond=0) + timedelta(days=3)
    times = {"state": "scheduled", "starts": later, "ends": later + timedelta(hours=1)}
    session = make_session(title="Seen by all", **times)
    hidden = make_session(title="Hidden from most", audience="group:nobody", **times)
    client = signed_in(professional())
    one = client.get(reverse("live:calendar", args=[session.pk]))
    every = client.get(reverse("live:calendar_of_all"))
    for answer in (one, every):
        [event] = Calendar.from_ical(answer.content).walk("VEVENT")
        assert (str(event["SUMMARY"]), event["DTSTART"].dt) == ("Seen by all", later)
        assert str(event["URL"]).endswith(session.get_absolute_url())
    assert client.get(reverse("live:calendar", args=[hidden.pk])).status_code == 404


def test_the_wall_needs_no_sign_in_and_shows_what_everybody_may_see(client):
    session = make_session(moderated=True, audience="group:nobody")
    question = ask(session, body="Seen from the last row of the hall?")
    ask(session, body="CANARY that no host let through")
    do(session, session.host, "mod.approve", q=question)
    poll = do(session, session.host, "poll.start", text="Is it fast enough?", kind="scale").obj
    address = reverse("live:wall", args=[session.wall])
    answer = client.get(address)
    page = answer.content.decode()
    for shown in (
        "Seen from the last row of the hall?",
        "Is it fast enough?",
        session.code,
        "<svg",
    ):
        assert shown in page
    assert "CANARY" not in page
    assert "<form" not in page
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    do(session, session.host, "poll.end", p=poll)
    page = client.get(address, headers={"If-None-Match": answer["ETag"]}).content.decode()
    assert "Is it fast enough?" not in page
    for token in ("x", "%00", "x" * 300):
        assert client.get(f"/live/wall/{token}/").status_code == 404
