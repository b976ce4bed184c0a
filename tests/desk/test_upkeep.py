"""What the desk does by itself: silent deliveries, claims of those who left, closed pools."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from desk import services, upkeep
from desk.models import Request, Transition
from people.calendar import THIMPHU
from people.models import Holiday
from tests.factories.desk import claimed, delivered, filed, in_work
from tests.factories.forums import pool, serving
from tests.factories.people import OrganisationFactory, PersonFactory, PostingFactory, professional

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 1, 10, tzinfo=THIMPHU)


def later(**much) -> datetime:
    return MONDAY + timedelta(**much)


@pytest.fixture
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def state_of(asked):
    asked.refresh_from_db()
    return asked.state


def transferred(person, on: date) -> None:
    """The posting of `person` ends, and another in another agency begins the day after."""
    posting = person.postings.get()
    posting.ends = on
    posting.save()
    PostingFactory(person=person, organisation=OrganisationFactory(), starts=on + timedelta(days=1))


# --- Silence ------------------------------------------------------------------------


def test_ten_silent_working_days_close_it_and_both_hear(monday):
    asked = delivered()
    Holiday.objects.create(day=date(2026, 6, 3), name="A Wednesday")
    # Ten working days after Monday the 1st, without the 3rd: Tuesday the 16th, 10 o'clock.
    assert upkeep.close_silent(later(days=15)) == 0
    assert upkeep.close_silent(later(days=15, hours=14)) == 0  # at midnight nobody is told
    told = [person.notices.count() for person in (asked.requester, asked.claimed_by)]
    assert upkeep.close_silent(later(days=15, hours=1)) == 1
    assert upkeep.close_silent(later(days=15, hours=1)) == 0
    assert state_of(asked) == "closed"
    now = [person.notices.count() for person in (asked.requester, asked.claimed_by)]
    assert now == [number + 1 for number in told]
    last = asked.transitions.last()
    assert (last.actor, last.verb) == (None, "lapse")


def test_what_the_desk_closed_is_reopened_for_thirty_days(monday, signed_in):
    asked = delivered()
    upkeep.close_silent(later(days=20))
    reopened = services.move(
        asked, "reopen", by=asked.requester, note="It drops again", at=later(days=45)
    )
    assert reopened.state == "reopened"


def test_nobody_takes_a_step_of_the_desk(signed_in):
    asked = delivered()
    client = signed_in(professional(person=PersonFactory(is_superuser=True)))
    for verb in ("lapse", "release"):
        assert client.post(reverse("desk:act", args=[asked.pk, verb])).status_code == 404


# --- Experts who leave --------------------------------------------------------------


@pytest.mark.parametrize("how", ["deactivated", "transferred", "left", "out of the pool"])
def test_five_claims_of_one_who_goes_are_back_in_the_queue_and_the_lead_knows(monday, how):
    net = pool()
    expert, lead = serving(net), serving(net, "lead")
    held = [claimed(net, expert) for _ in range(3)] + [in_work(net, expert) for _ in range(2)]
    other = in_work(net)
    assert upkeep.release_claims() == 0
    if how == "deactivated":
        expert.is_active = False
        expert.save()
    elif how == "transferred":
        transferred(expert, date(2026, 6, 1))
    elif how == "left":
        expert.postings.update(ends=date(2026, 6, 2))
    else:
        expert.pool_memberships.update(ends=date(2026, 6, 1))
    before = lead.notices.count()
    assert upkeep.release_claims() == 5
    assert upkeep.release_claims() == 0
    assert {state_of(asked) for asked in held} == {"triaged"}
    assert state_of(other) == "in_work"
    assert lead.notices.count() == before + 5
    steps = Transition.objects.filter(verb="release")
    assert all(step.actor is None and expert.name in step.note for step in steps)


def test_a_transfer_before_the_claim_frees_nothing(monday):
    net = pool()
    expert = serving(net)
    transferred(expert, date(2026, 5, 1))
    claimed(net, expert)
    assert upkeep.release_claims() == 0


def test_the_page_says_that_the_desk_did_it(signed_in):
    asked = claimed()
    asked.claimed_by.pool_memberships.update(ends=date(2026, 6, 1))
    upkeep.release_claims()
    shown = signed_in(asked.requester).get(asked.get_absolute_url()).content.decode()
    assert "<strong>The desk</strong> put it back into the queue" in shown


# --- Pools that close ---------------------------------------------------------------


def test_a_closed_pool_brings_its_requests_before_the_secretariat_once(signed_in):
    asked, sec = filed(), pool("SEC")
    lead, administrator = serving(asked.pool, "lead"), PersonFactory(is_superuser=True)
    asked.pool.unpublish()
    for _ in range(2):
        upkeep.bring_up_orphans()
    for person in (asked.requester, lead, administrator):
        told = person.notices.filter(event__contains=":orphan:")
        assert [notice.url for notice in told] == [asked.get_absolute_url()]
    client = signed_in(administrator)
    assert asked.title in client.get(reverse("desk:list"), {"tab": "orphans"}).content.decode()
    shown = signed_in(asked.requester).get(asked.get_absolute_url()).content.decode()
    assert "is closed" in shown
    data = {"pool": sec.pk, "note": "Theirs now"}
    client.post(reverse("desk:act", args=[asked.pk, "route"]), data)
    asked.refresh_from_db()
    assert asked.pool == sec


def test_nobody_files_with_a_closed_pool_nor_sends_there(signed_in):
    closed, asked = pool("SEC"), filed()
    closed.unpublish()
    response = signed_in(serving(asked.pool)).post(
        reverse("desk:act", args=[asked.pk, "route"]), {"pool": closed.pk, "note": "x"}
    )
    assert response.status_code == 422
    shown = signed_in(asked.requester).get(reverse("desk:file")).content.decode()
    assert closed.title not in shown


def test_a_pool_without_anybody_who_serves_is_found(signed_in):
    asked = filed()
    assert list(upkeep.orphans()) == [asked]
    serving(asked.pool)
    assert not upkeep.orphans().exists()
    assert Request.objects.queued().count() == 1
