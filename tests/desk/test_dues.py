"""The clocks on the pages: what is due, what is late, what moves it."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from hypothesis import given

from desk import dues, queries, services
from desk.clocks import due, working_time
from people.calendar import THIMPHU
from people.models import Holiday
from tests.desk.test_clocks import DAYS, LENGTHS, MOMENTS, PAUSES
from tests.factories.desk import claimed, filed, in_work, service
from tests.factories.forums import pool, serving
from tests.factories.people import professional

pytestmark = pytest.mark.django_db


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In June 2026; the first is a Monday."""
    return datetime(2026, 6, day, hour, minute, tzinfo=THIMPHU)


@pytest.fixture
def monday_nine():
    with time_machine.travel(at(1, 9), tick=False) as clock:
        yield clock


def what_is_due(asked):
    asked.refresh_from_db()
    return asked.due_clock, asked.due_at


def test_each_step_renews_what_is_due(monday_nine):
    offered = service(response_hours=2, update_hours=6, delivery_hours=16)
    asked = filed(offered.pool, service=offered)
    assert what_is_due(asked) == ("response", at(1, 11))
    expert = serving(asked.pool)
    services.claim(asked, by=expert, at=at(1, 10))
    assert what_is_due(asked) == ("update", at(1, 16))
    services.move(asked, "wait", by=expert, note="Which floor?", at=at(1, 12))
    assert what_is_due(asked) == ("", None)
    services.move(asked, "resume", by=asked.requester, note="The second", at=at(2, 12))
    # Update: of its 6 hours from Monday 12 none is used up before Tuesday 12.
    assert what_is_due(asked) == ("update", at(3, 10))
    services.deliver(asked, by=expert, deliverable="Done", hours=None, at=at(2, 15))
    assert what_is_due(asked) == ("", None)


def test_a_holiday_that_is_named_late_moves_what_is_due(monday_nine):
    asked = filed()
    assert what_is_due(asked) == ("response", at(1, 13))
    Holiday.objects.create(day=date(2026, 6, 1), name="Announced on the day")
    assert dues.renew_all() == 1
    assert what_is_due(asked) == ("response", at(2, 13))
    Holiday.objects.update(kept=False)
    dues.renew_all()
    assert what_is_due(asked) == ("response", at(1, 13))
    assert dues.renew_all() == 0


def test_routing_counts_the_targets_of_the_other_pool_from_the_first_start(monday_nine):
    asked = filed()
    slow = service(pool("SEC"), response_hours=12)
    services.route(asked, by=serving(asked.pool), pool=slow.pool, service=slow, note="Theirs")
    assert what_is_due(asked) == ("response", at(2, 13))


def test_other_times_of_a_service_reach_its_open_requests(monday_nine, signed_in):
    offered = service(response_hours=4)
    asked = filed(offered.pool, service=offered)
    data = {
        "name": offered.name,
        "description": "x",
        "kind": "core",
        "response_hours": 1,
        "update_hours": 8,
        "delivery_hours": 24,
        "active": "on",
    }
    lead = signed_in(serving(offered.pool, "lead"))
    lead.post(reverse("desk:change_service", args=[offered.slug]), data)
    assert what_is_due(asked) == ("response", at(1, 10))


def test_what_is_late_is_said_in_words_on_page_and_lists(monday_nine, signed_in):
    asked = filed()
    expert = serving(asked.pool)
    monday_nine.move_to(at(1, 14))
    for person, tab in ((expert, "queue"), (asked.requester, "mine")):
        client = signed_in(person)
        listed = client.get(reverse("desk:list"), {"tab": tab}).content.decode()
        assert "Late: First response" in listed
        shown = client.get(asked.get_absolute_url()).content.decode()
        assert ">Late</span>" in shown
    services.claim(asked, by=expert)
    shown = signed_in(expert).get(asked.get_absolute_url()).content.decode()
    assert ">Late</span>" in shown  # it was answered, but late


def test_lists_show_first_what_is_due_first(monday_nine):
    net, asker = pool(), professional()
    slow = service(net, slug="slow", name="Slow", response_hours=40)
    later = filed(net, requester=asker, service=slow, at=at(1, 9))
    sooner = filed(net, requester=asker, at=at(1, 10))
    assert list(queries.queue_of(serving(net))) == [sooner, later]
    assert list(queries.mine(asker)) == [sooner, later]
    expert = serving(net)
    first, second = claimed(net, expert, at=at(1, 9)), in_work(net, expert, at=at(1, 9))
    services.move(first, "wait", by=expert, note="?")
    assert list(queries.in_hand(expert)) == [second, first]


@given(MOMENTS, LENGTHS.filter(bool), DAYS, PAUSES)
def test_what_passes_until_the_due_is_the_target(start, target, holidays, pauses):
    end = due(start, target, holidays, pauses)
    assert working_time(start, end, holidays, pauses) == target
    assert working_time(end, start, holidays, pauses) == timedelta(0)
