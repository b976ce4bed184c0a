"""The measures: worked out by hand for three requests, the same as page and as CSV."""

import csv
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from desk import services
from desk.models import Request
from people.calendar import THIMPHU
from tests.factories.desk import filed, service
from tests.factories.forums import pool, serving
from tests.factories.people import OrganisationFactory, professional, registrar

pytestmark = pytest.mark.django_db


def at(day: int, hour: int) -> datetime:
    """In June 2026; the first is a Monday."""
    return datetime(2026, 6, day, hour, tzinfo=THIMPHU)


@pytest.fixture
def friday():
    with time_machine.travel(at(5, 17), tick=False):
        yield


def worked(asked, expert, *, claim, deliver, hours):
    services.claim(asked, by=expert, at=claim)
    services.move(asked, "start", by=expert, at=claim)
    return services.deliver(asked, by=expert, deliverable="x", hours=Decimal(hours), at=deliver)


def story():
    """One design of 6 hours, one fault of 2 that came back, one that nobody takes up."""
    net = pool()
    expert, agency = serving(net), OrganisationFactory(name="=Agency")
    asker = professional(organisation=agency)
    core = service(net, slug="design", name="Design", kind="core")
    fault = service(net)
    first = filed(net, requester=asker, service=core, at=at(1, 9))
    worked(first, expert, claim=at(1, 10), deliver=at(2, 9), hours=6)
    second = filed(net, service=fault, at=at(1, 9))
    worked(second, expert, claim=at(1, 12), deliver=at(1, 17), hours=2)
    services.move(second, "reopen", by=second.requester, note="Again", at=at(2, 9))
    services.move(second, "start", by=expert, at=at(2, 10))
    services.deliver(second, by=expert, deliverable="x", hours=Decimal(2), at=at(2, 12))
    filed(net, requester=asker, at=at(4, 9))
    return net


def table(client, **query) -> dict[str, dict[str, str]]:
    answer = client.get(reverse("desk:measures_csv"), query)
    return {row["group"]: row for row in csv.DictReader(answer.content.decode().splitlines())}


def test_measures_by_hand(friday, signed_in):
    client = signed_in(serving(story(), "lead"))
    whole = table(client)["All"]
    assert whole == table(client)["Pool NET"] | {"group": "All"}
    assert whole == {
        "group": "All",
        "filed": "3",
        "open": "1",
        "oldest_open_hours": "16.0",  # Thursday 9 to Friday 17
        "response_median_hours": "1.0",
        "response_p90_hours": "3.0",
        "delivery_median_hours": "8.0",
        "delivery_p90_hours": "8.0",
        "late_percent": "33",
        "reopened_percent": "50",
        "shared_percent": "0",
        "logged_hours": "8.0",
        "core_percent": "75",
    }
    by_agency = table(client, by="agency")
    assert by_agency["'=Agency"]["filed"] == "2"
    (officer,) = set(table(client, by="officer")) - {"Nobody yet", "All"}
    by_officer = table(client, by="officer")[officer]
    assert (by_officer["logged_hours"], by_officer["core_percent"]) == ("8.0", "75")
    assert set(table(client, by="service")) == {"Design", "Network fault", "Plain request", "All"}
    assert set(table(client, year="2025")) == {"All"}


def test_the_figures_come_from_the_history_alone(friday, signed_in):
    client = signed_in(serving(story(), "lead"))
    before = table(client)
    wrong = at(5, 17) - timedelta(days=3000)
    Request.objects.update(due_at=wrong, due_clock="update", updated=wrong)
    assert table(client) == before


def test_leads_see_their_pools_registrars_all_and_others_nothing(signed_in):
    filed(pool("SEC"))
    filed()
    lead = signed_in(serving(Request.objects.get(pool__code="NET").pool, "lead"))
    assert set(table(lead)) == {"Pool NET", "All"}
    assert set(table(signed_in(registrar()))) == {"Pool NET", "Pool SEC", "All"}
    for name in ("desk:measures", "desk:measures_csv"):
        assert signed_in(professional()).get(reverse(name)).status_code == 403


@pytest.mark.parametrize("number", [1, 20])
def test_measures_query_count(signed_in, django_assert_max_num_queries, number):
    net = pool()
    asker = professional()
    for _ in range(number):
        filed(net, requester=asker)
    client = signed_in(serving(net, "lead"))
    with django_assert_max_num_queries(16):
        shown = client.get(reverse("desk:measures"), {"by": "agency"}).content.decode()
    assert f"<td>{number}</td>" in shown
