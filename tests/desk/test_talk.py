"""Messages, notes, confidential and merged requests, visits."""

import uuid
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from desk import merging, queries, services, slots, talking
from desk.escalation import escalate
from desk.models import Message, Request, Slot
from desk.sharing import draft
from desk.upkeep import bring_up_orphans
from notifications.models import Notice
from people.calendar import THIMPHU
from people.models import Holiday
from tests.factories.desk import claimed, filed, in_work
from tests.factories.forums import pool, serving
from tests.factories.people import OrganisationFactory, professional

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 6, 1, 9, tzinfo=THIMPHU)


def page(response):
    return response.content.decode()


def say(client, asked, **fields):
    data = {"body": "Which **floor**?", "cid": str(uuid.uuid4())} | fields
    return client.post(reverse("desk:say", args=[asked.pk]), data)


def events(person) -> list[str]:
    return [event.split(":", 2)[2] for event in person.notices.values_list("event", flat=True)]


# --- Messages and notes -------------------------------------------------------------


def test_a_message_reaches_the_other_side_once(signed_in):
    asked = claimed()
    client, data = signed_in(asked.claimed_by), {"cid": str(uuid.uuid4())}
    for _ in range(2):
        assert say(client, asked, **data).status_code == 302
    message = Message.objects.get()
    assert f"message:{message.pk}" in events(asked.requester)
    shown = page(signed_in(asked.requester).get(asked.get_absolute_url()))
    assert "<strong>floor</strong>" in shown
    again = say(client, asked, body="Another", **data)
    assert again.status_code == 422
    assert "Another" in page(again)


def test_a_message_of_the_pool_starts_the_clock_for_news_anew():
    monday = datetime(2026, 6, 1, 9, tzinfo=THIMPHU)
    asked = filed(at=monday)
    expert = serving(asked.pool)
    services.claim(asked, by=expert, at=monday)
    asked.refresh_from_db()
    before = asked.due_at
    moment = monday + timedelta(hours=3)
    talking.say(asked, by=asked.requester, body="Hello?", cid=uuid.uuid4(), at=moment)
    talking.say(asked, by=expert, body="Note", cid=uuid.uuid4(), at=moment, internal=True)
    asked.refresh_from_db()
    assert asked.due_at == before
    talking.say(asked, by=expert, body="On my way", cid=uuid.uuid4(), at=moment)
    asked.refresh_from_db()
    assert asked.due_at == datetime(2026, 6, 3, 12, tzinfo=THIMPHU)  # 16 hours of work later


def test_a_message_of_the_requester_lets_waiting_work_go_on():
    asked = in_work()
    asked = services.move(asked, "wait", by=asked.claimed_by, note="Which floor?")
    talking.say(asked, by=asked.requester, body="The second", cid=uuid.uuid4())
    asked.refresh_from_db()
    assert asked.state == "in_work"


def test_notes_are_seen_by_those_who_serve_and_by_nobody_else(signed_in):
    agency = OrganisationFactory()
    asked = claimed(requester=professional(organisation=agency))
    other = serving(asked.pool)
    say(signed_in(asked.claimed_by), asked, body="canary-7431", internal="on")
    assert "canary-7431" in page(signed_in(other).get(asked.get_absolute_url()))
    for person in (asked.requester, professional(organisation=agency)):
        assert "canary-7431" not in page(signed_in(person).get(asked.get_absolute_url()))
        assert not [event for event in events(person) if event.startswith("message")]
    assert say(signed_in(asked.requester), asked, internal="on").status_code == 403


def test_who_has_no_part_says_nothing_and_nothing_is_said_of_what_is_over(signed_in):
    agency = OrganisationFactory()
    asked = filed(requester=professional(organisation=agency))
    colleague = signed_in(professional(organisation=agency))
    assert say(colleague, asked).status_code == 403
    assert say(signed_in(professional()), asked).status_code == 404
    services.move(asked, "withdraw", by=asked.requester)
    refused = say(signed_in(asked.requester), asked)
    assert refused.status_code == 403
    assert "Which **floor**?" in page(refused)
    assert not Message.objects.exists()


# --- Confidential -------------------------------------------------------------------


def test_a_confidential_request_is_not_for_the_agency(signed_in):
    agency, net = OrganisationFactory(), pool()
    requester = professional(organisation=agency)
    signed_in(requester).post(
        reverse("desk:file"),
        {
            "pool": net.pk,
            "title": "canary-9912 of an officer",
            "body": "Quietly.",
            "urgency": "normal",
            "confidential": "on",
            "cid": str(uuid.uuid4()),
        },
    )
    asked = Request.objects.get()
    colleague = professional(organisation=agency)
    client = signed_in(colleague)
    assert client.get(asked.get_absolute_url()).status_code == 404
    assert "canary" not in page(client.get(reverse("desk:list"), {"tab": "agency"}))
    assert signed_in(serving(net)).get(asked.get_absolute_url()).status_code == 200
    assert [holding.title for holding in queries.holdings_of(requester)] == [asked.receipt]
    sec = pool("SEC")
    services.route(asked, by=serving(net, "lead"), pool=sec, note="Theirs")
    assert client.get(asked.get_absolute_url()).status_code == 404


def test_notices_name_a_confidential_request_by_its_number():
    net = pool()
    asked = filed(net, confidential=True, title="canary-9912 of an officer", at=MONDAY)
    bring_up_orphans()
    serving(net, "lead")
    escalate(MONDAY + timedelta(hours=5))  # late for its first response
    asked = services.claim(asked, by=serving(net))
    talking.say(asked, by=asked.claimed_by, body="I come.", cid=uuid.uuid4())
    services.move(asked, "start", by=asked.claimed_by)
    asked = services.deliver(asked, by=asked.claimed_by, deliverable="Done", hours=None)
    draft(asked, by=asked.claimed_by)
    titles = list(Notice.objects.values_list("title", flat=True))
    assert {title.partition(" ")[0] for title in titles} >= {"No", "Late:", "Message:", "May"}
    assert all(asked.receipt in title and "canary" not in title for title in titles)


# --- Merged -------------------------------------------------------------------------


def test_merging_ends_one_and_its_requester_hears_of_the_other(signed_in):
    net = pool()
    asked, other = filed(net), in_work(net)
    client = signed_in(serving(net))
    act = reverse("desk:act", args=[asked.pk, "merge"])
    assert client.post(act, {"into": asked.pk}).status_code == 422
    for _ in range(2):
        client.post(act, {"into": other.pk, "note": "The same mast"})
    asked.refresh_from_db()
    assert (asked.state, asked.merged_into, asked.due_at) == ("merged", other, None)
    assert asked.transitions.filter(verb="merge").count() == 1
    services.deliver(other, by=other.claimed_by, deliverable="Done", hours=None)
    assert [event for event in events(asked.requester) if event.startswith("followed")]
    shown = page(signed_in(asked.requester).get(asked.get_absolute_url()))
    assert other.receipt in shown
    assert other.get_absolute_url() not in shown  # another agency's request stays theirs


def test_what_was_merged_before_goes_along_and_circles_are_refused():
    net = pool()
    lead = serving(net, "lead")
    first, second, third = filed(net), filed(net), filed(net)
    merging.merge(first, into=second, by=lead)
    merging.merge(second, into=third, by=lead)
    first.refresh_from_db()
    assert first.merged_into == third
    with pytest.raises(merging.MergeError):
        merging.merge(third, into=first, by=lead)


# --- Visits -------------------------------------------------------------------------


def slot_of(asked, client, **fields):
    starts = timezone.localtime() + timedelta(days=3)
    data = {
        "kind": "visit",
        "starts": starts.strftime("%Y-%m-%dT%H:%M"),
        "minutes": "90",
        "place": "Room 4; second floor, " + "the long corridor behind the hall " * 3,
        "cid": str(uuid.uuid4()),
    } | fields
    return client.post(reverse("desk:propose", args=[asked.pk]), data)


def test_a_time_is_proposed_agreed_and_called_off_in_the_calendar_too(signed_in):
    asked = claimed(title="Mast, antenna; cable")
    expert, requester = signed_in(asked.claimed_by), signed_in(asked.requester)
    assert slot_of(asked, expert).status_code == 302
    slot = Slot.objects.get()
    ics = reverse("desk:slot_calendar", args=[slot.pk])
    for client, verb, status in (
        (None, None, "TENTATIVE"),
        (requester, "agree", "CONFIRMED"),
        (expert, "cancel", "CANCELLED"),
    ):
        for _ in range(2 if verb else 0):
            client.post(reverse("desk:answer_slot", args=[slot.pk, verb]))
        raw = requester.get(ics).content
        assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
        [event] = Calendar.from_ical(raw).walk("VEVENT")
        assert event["status"] == status
        assert event["sequence"] == {"TENTATIVE": 0, "CONFIRMED": 1, "CANCELLED": 2}[status]
        assert event["summary"] == f"Visit: {asked}"
        assert event["location"] == slot.place
        assert event.end - event.start == timedelta(minutes=90)
    late = requester.post(reverse("desk:answer_slot", args=[slot.pk, "agree"]))
    assert late.status_code == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [("minutes", "0"), ("minutes", "x"), ("starts", "2001-01-01T10:00"), ("place", "")],
)
def test_a_time_that_cannot_be_is_refused_and_kept(signed_in, field, value):
    asked = claimed()
    fields = {"place": "The hall"} | {field: value}
    response = slot_of(asked, signed_in(asked.claimed_by), **fields)
    assert response.status_code == 422
    assert not Slot.objects.exists()
    assert "The hall" in page(response) or field == "place"


def test_only_who_serves_proposes_and_only_the_requester_agrees(signed_in):
    asked = claimed()
    assert slot_of(asked, signed_in(asked.requester)).status_code == 403
    slot_of(asked, signed_in(asked.claimed_by))
    slot = Slot.objects.get()
    agree = reverse("desk:answer_slot", args=[slot.pk, "agree"])
    assert signed_in(asked.claimed_by).post(agree).status_code == 403
    assert signed_in(professional()).post(agree).status_code == 404


def agreed(asked, starts, when) -> Slot:
    """A visit at `starts` that its requester agreed to at `when`."""
    with time_machine.travel(when, tick=False):
        slot = slots.propose(
            asked,
            by=asked.claimed_by,
            kind="visit",
            starts=starts,
            minutes=60,
            place="The hall",
            cid=uuid.uuid4(),
        )
        return slots.answer(slot, "agree", by=asked.requester)


def reminders(person) -> int:
    return person.notices.in_app().filter(event__endswith=":reminder").count()


def test_both_sides_are_reminded_once_when_offices_open_on_the_working_day_before():
    monday = datetime(2026, 12, 7, 10, tzinfo=THIMPHU)
    friday = datetime(2026, 12, 4, 9, tzinfo=THIMPHU)
    asked = claimed()
    slot = agreed(asked, monday, datetime(2026, 12, 1, 10, tzinfo=THIMPHU))
    late = agreed(claimed(asked.pool), monday, friday + timedelta(hours=3))
    for moment, told in [
        (friday - timedelta(minutes=1), 0),
        (friday, 1),
        (friday + timedelta(minutes=1), 0),
        (friday + timedelta(days=1), 0),  # Saturday
        (friday + timedelta(hours=5), 0),  # who agreed on Friday at noon has just heard
        (monday + timedelta(minutes=1), 0),
    ]:
        assert slots.remind(moment) == told
    assert [reminders(asked.requester), reminders(asked.claimed_by)] == [1, 1]
    assert reminders(late.request.requester) == 0
    assert "7 December, 10:00" in asked.requester.notices.get(event__endswith="reminder").title
    assert slot.state == "agreed"


def test_a_reminder_waits_over_a_holiday_and_is_not_of_what_was_called_off():
    Holiday.objects.create(name="A holiday", day=date(2026, 12, 4))
    monday = datetime(2026, 12, 7, 10, tzinfo=THIMPHU)
    thursday = datetime(2026, 12, 3, 9, tzinfo=THIMPHU)
    asked = claimed()
    slot = agreed(asked, monday, datetime(2026, 12, 1, 10, tzinfo=THIMPHU))
    off = agreed(asked, monday, datetime(2026, 12, 1, 10, tzinfo=THIMPHU))
    slots.answer(off, "cancel", by=asked.requester)
    assert slots.remind(thursday + timedelta(days=1)) == 0
    assert slots.remind(thursday) == 1
    assert f":slot:{slot.pk}:" in asked.requester.notices.get(event__endswith="reminder").event


def test_the_pool_notes_the_travel_of_a_visit_and_both_read_it(signed_in):
    asked = claimed()
    expert, requester = signed_in(asked.claimed_by), signed_in(asked.requester)
    slot_of(asked, expert)
    slot = Slot.objects.get()
    url = reverse("desk:note_travel", args=[slot.pk])
    assert requester.post(url, {"travel": "x"}).status_code == 403
    refused = expert.post(url, {"travel": "Order 12. " * 40})
    assert refused.status_code == 422
    assert "Order 12. Order 12." in page(refused)
    for _again in range(2):
        assert expert.post(url, {"travel": "Order 12 of the Director"}).status_code == 302
    slot.refresh_from_db()
    assert (slot.travel, slot.revision) == ("Order 12 of the Director", 1)
    assert "Order 12 of the Director" in page(requester.get(asked.get_absolute_url()))
    ics = requester.get(reverse("desk:slot_calendar", args=[slot.pk])).content.decode()
    assert "Order 12 of the Director" in ics
    requester.post(reverse("desk:answer_slot", args=[slot.pk, "decline"]))
    assert expert.post(url, {"travel": "Order 13"}).status_code == 409
    remote = {"kind": "remote", "travel": "Order 14"}
    assert "Order 14" in page(slot_of(asked, expert, **remote))
