"""What a person wants by mail: the page, the one click without signing in, the weekly mail."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from forums.models import PoolMembership
from notifications import outbox, services, tokens
from notifications.digest import run_digests
from notifications.models import Bounce, Mail, Preference
from people.calendar import THIMPHU
from tests.factories.forums import pool, topic
from tests.factories.people import PersonFactory, registrar

pytestmark = pytest.mark.django_db
PAGE = "/notices/preferences/"
WEDNESDAY = datetime(2026, 11, 25, 10, tzinfo=THIMPHU)
MONDAY = datetime(2026, 11, 30, 9, 5, tzinfo=THIMPHU)


def reader(mails="at_once"):
    person = PersonFactory()
    person.email = f"{person.employee_id.lower()}@agency.example.org"
    person.save()
    services.set_preference(person, mails=mails, quiet=True)
    return person


def wish_of(person):
    return Preference.objects.get(person=person).mails


def test_a_choice_is_kept(signed_in):
    person = reader()
    browser = signed_in(person)
    assert browser.post(PAGE, {"mails": "weekly"}).url == PAGE
    row = Preference.objects.get(person=person)
    assert (row.mails, row.quiet) == ("weekly", False)
    assert 'value="weekly"' in browser.get(PAGE).content.decode().split("checked")[0][-200:]


def test_no_choice_is_said_at_its_field(signed_in):
    person = reader()
    response = signed_in(person).post(PAGE, {"mails": "daily"})
    assert response.status_code == 422
    assert "daily is not one of the available choices" in response.content.decode()
    assert wish_of(person) == "at_once"


@pytest.mark.parametrize("bounces", [1, 12])
def test_page_query_count(signed_in, django_assert_num_queries, bounces):
    person = reader()
    bounce(person, bounces)
    browser = signed_in(person)
    with django_assert_num_queries(12):
        assert "came back" in browser.get(PAGE).content.decode()


def bounce(person, number=1, hard=True):
    for _each in range(number):
        mail = Mail.objects.create(
            kind="notice",
            person=person,
            address=person.email,
            message_id=f"<{person.pk}.{Mail.objects.count()}@x>",
        )
        Bounce.objects.create(mail=mail, address=person.email, hard=hard, reason="no such user")


# --- One click (RFC 8058) ---------------------------------------------------------------------


def way_out(person):
    return reverse("notifications:unsubscribe", args=[tokens.unsubscribe_token(person.pk)])


def test_one_click_ends_the_mails_without_signing_in(client):
    person = reader()
    client.handler.enforce_csrf_checks = True
    response = client.post(way_out(person), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert wish_of(person) == "none"
    client.post(way_out(person), {"List-Unsubscribe": "One-Click"})
    assert wish_of(person) == "none"
    client.post(way_out(person), {"again": "1"})
    assert wish_of(person) == "at_once"


def test_looking_at_the_address_changes_nothing(client):
    person = reader()
    assert "Send me no more mail" in client.get(way_out(person)).content.decode()
    assert wish_of(person) == "at_once"


def test_an_address_that_we_did_not_sign_is_none(client):
    person = reader()
    other = way_out(reader()).rpartition(":")[2]
    assert client.post(f"/notices/unsubscribe/{person.pk}:{other}").status_code == 404
    assert wish_of(person) == "at_once"


# --- The weekly mail --------------------------------------------------------------------------


def test_the_weekly_mail_brings_what_was_not_read_and_what_is_new_in_the_own_pools(box):
    with time_machine.travel(WEDNESDAY, tick=False):
        person = reader("weekly")
        own, other = pool("NET"), pool("SEC")
        PoolMembership.objects.create(pool=own, person=person)
        for event in ("test:read", "test:unread"):
            services.notify([person], event=event, title=event, reason="Because", url=f"/{event}/")
        person.notices.unread().filter(event="test:read").update(read_at=timezone.now())
        topic(own, title="In the own pool")
        topic(own, title="Asked by oneself", author=person)
        topic(other, title="In another pool")
        assert run_digests() == 0
    with time_machine.travel(MONDAY, tick=False):
        assert [run_digests(), run_digests()] == [1, 0]
        outbox.deliver()
        (mail,) = box.mails
        text = mail.get_body(["plain"]).get_content()
        assert [word in text for word in ("test:unread", "In the own pool")] == [True, True]
        assert [word in text for word in ("test:read", "Asked by oneself", "In another pool")] == [
            False,
            False,
            False,
        ]
        assert len(box.taken[0].content) < 30_000
    with time_machine.travel(MONDAY + timedelta(days=7), tick=False):
        assert run_digests() == 0  # empty: nothing came since


def test_an_empty_weekly_mail_is_not_sent():
    with time_machine.travel(WEDNESDAY, tick=False):
        reader("weekly")
    with time_machine.travel(MONDAY, tick=False):
        assert run_digests() == 0
    assert not Mail.objects.exists()


def weekly_text(box) -> str:
    run_digests()
    outbox.deliver()
    return box.mails[-1].get_body(["plain"]).get_content()


def test_one_section_of_the_weekly_mail_is_ended_and_comes_again(box, signed_in, client):
    with time_machine.travel(WEDNESDAY, tick=False):
        person, left, kept = reader("weekly"), pool(), pool("SEC")
        for each in (left, kept):
            PoolMembership.objects.create(pool=each, person=person)
            topic(each, title=f"First in {each.title}")
        services.notify([person], event="request:1:1", title="It moved", reason="r", url="/a/")
    with time_machine.travel(MONDAY, tick=False):
        links = re.findall(r"/notices/sections/\S+", weekly_text(box))
        assert len(links) == 3  # one of the requests, one of each pool
        way_out = next(link for link in links if link.startswith(section_link(person, left)))
        assert client.get(way_out).status_code == 200
        assert not person.ended_sections.exists()  # a look ends nothing
        for _again in range(2):
            assert "is left out of your weekly mail" in client.post(way_out).content.decode()
        assert client.get(f"{way_out[:-4]}aaa/").status_code == 404
        client.post(next(link for link in links if "requests" in link))
        for each in (left, kept):
            topic(each, title=f"Second in {each.title}")
        services.notify([person], event="request:1:2", title="It moved on", reason="r", url="/a/")
    with time_machine.travel(MONDAY + timedelta(days=7), tick=False):
        text = weekly_text(box)
        assert f"Second in {kept.title}" in text
        assert f"Second in {left.title}" not in text
        assert "It moved on" not in text
        browser = signed_in(person)
        assert left.title in browser.get(PAGE).content.decode()
        browser.post("/notices/sections/again/", {"section": f"pool:{left.pk}"})
        topic(left, title=f"Third in {left.title}")
    with time_machine.travel(MONDAY + timedelta(days=14), tick=False):
        assert f"Third in {left.title}" in weekly_text(box)


def section_link(person, which) -> str:
    return f"/notices/sections/{person.pk}:pool:{which.pk}:"


# --- The registrar's page ---------------------------------------------------------------------


@pytest.mark.parametrize("people", [1, 20])
def test_registrars_see_addresses_that_fail(signed_in, django_assert_num_queries, people):
    failing = [reader() for _number in range(people)]
    for person in failing:
        bounce(person, 2)
    browser = signed_in(registrar())
    with django_assert_num_queries(12):
        page = browser.get("/notices/mails/").content.decode()
    assert all(person.name in page for person in failing)
    browser.post("/notices/try-again/", {"address": failing[0].email})
    assert failing[0].name not in browser.get("/notices/mails/").content.decode()


def test_others_neither_see_nor_forgive(signed_in):
    person, other = reader(), reader()
    bounce(person, 2)
    assert signed_in(other).get("/notices/mails/").status_code == 403
    answer = signed_in(other).post("/notices/try-again/", {"address": person.email})
    assert answer.status_code == 403
    assert Bounce.objects.filter(forgiven_at=None).count() == 2
