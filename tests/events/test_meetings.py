"""Heads' meetings, their decisions, and the register of actions."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from events import services
from events.models import Action, Decision
from events.queries import holdings_of, open_actions_for
from people.audiences import people_in
from search.services import search
from tests.factories.events import ActionFactory, MeetingFactory
from tests.factories.people import OrganisationFactory, PersonFactory, professional, registrar

pytestmark = pytest.mark.django_db


def head():
    """Somebody whom a colleague of the same agency names as supervisor."""
    agency = OrganisationFactory()
    person = professional(organisation=agency)
    professional(organisation=agency, supervisor=person)
    return person


def administrator():
    return PersonFactory(is_superuser=True, is_staff=True)


def owned_by(person, **fields) -> Action:
    action = ActionFactory(owner=person, **fields)
    services.refresh_audience(action.meeting)
    return action


def test_heads_keepers_and_owners_read_a_meeting_and_nobody_else_knows_of_it(client, signed_in):
    owner = professional()
    action = owned_by(owner)
    Decision.objects.create(meeting=action.meeting, number=1, text="Two spare sets.")
    url = action.meeting.get_absolute_url()
    for person in (head(), registrar(), administrator(), owner):
        page = signed_in(person).get(url)
        assert page.status_code == 200
        assert "<h3>1. Lines</h3>" in page.content.decode()
        assert "<strong>discussed</strong>" in page.content.decode()
        assert action.meeting.title in signed_in(person).get("/meetings/").content.decode()
        assert people_in(action.meeting.audience).filter(pk=person.pk).exists()
    stranger = professional()
    assert signed_in(stranger).get(url).status_code == 404
    assert "No meeting for you" in signed_in(stranger).get("/meetings/").content.decode()
    assert not people_in(action.meeting.audience).filter(pk=stranger.pk).exists()
    assert client.get(url).status_code == 302


def test_the_owner_closes_an_action_once_and_can_open_it_again(signed_in):
    owner = professional()
    action = owned_by(owner)
    browser = signed_in(owner)
    done = reverse("events:action_done", args=[action.pk])
    assert "Mark as done" in browser.get(action.meeting.get_absolute_url()).content.decode()
    assert browser.get(done).status_code == 405
    answer = browser.post(done, {"note": "List published. ལེགས་སོ།"})
    assert answer["Location"] == action.get_absolute_url()
    action.refresh_from_db()
    closed_at = action.closed_at
    assert (action.state, action.note) == ("done", "List published. ལེགས་སོ།")
    browser.post(done, {"note": ""})
    action.refresh_from_db()
    assert (action.closed_at, action.note) == (closed_at, "List published. ལེགས་སོ།")
    assert "List published" in browser.get(action.meeting.get_absolute_url()).content.decode()
    browser.post(reverse("events:action_reopen", args=[action.pk]))
    action.refresh_from_db()
    assert (action.state, action.closed_at) == ("open", None)


def test_others_cannot_close_it_and_strangers_do_not_find_it(client, signed_in):
    action = owned_by(professional())
    done = reverse("events:action_done", args=[action.pk])
    refused = signed_in(head()).post(done)
    assert refused.status_code == 403
    assert "Only its owner" in refused.content.decode()
    assert signed_in(professional()).post(done).status_code == 404
    assert client.post(done).status_code == 302
    assert signed_in(head()).post("/actions/999999/done/").status_code == 404
    assert signed_in(registrar()).post(done).status_code == 302


@pytest.mark.parametrize("note", ["x" * 100_000, "a\x00b"])
def test_a_note_that_cannot_be_kept_is_said_at_its_field(note, signed_in):
    owner = professional()
    action = owned_by(owner)
    answer = signed_in(owner).post(reverse("events:action_done", args=[action.pk]), {"note": note})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="{action.pk}_note_error"' in page
    assert note[:400].replace("\x00", "") in page.replace("\x00", "")
    action.refresh_from_db()
    assert action.state == "open"


def test_the_register_shows_what_is_open_overdue_mine_and_done(signed_in):
    owner = professional()
    late = owned_by(owner, due=timezone.localdate() - timedelta(days=1), text="Late one")
    later = ActionFactory(
        meeting=late.meeting, due=timezone.localdate() + timedelta(days=9), text="Later one"
    )
    done = ActionFactory(meeting=late.meeting, text="Done one")
    services.set_action(done, by=registrar(), done=True)
    browser = signed_in(owner)

    def listed(state):
        page = browser.get(reverse("events:actions"), {"state": state}).content.decode()
        return [text for text in ("Late one", "Later one", "Done one") if text in page]

    assert listed("open") == ["Late one", "Later one"]
    assert listed("overdue") == ["Late one"]
    assert listed("mine") == ["Late one"]
    assert listed("done") == ["Done one"]
    assert listed("nonsense") == ["Late one", "Later one"]
    assert open_actions_for(owner) == [late]
    assert [holding.title for holding in holdings_of(owner)] == ["Late one"]
    assert holdings_of(later.owner)[0].url == later.get_absolute_url()
    rows = browser.get("/api/v1/actions").json()["items"]
    assert [(row["text"], row["overdue"]) for row in rows] == [
        ("Late one", True),
        ("Later one", False),
    ]


@pytest.mark.parametrize("number", [1, 30])
def test_queries_do_not_grow_with_the_register(number, signed_in, django_assert_num_queries):
    meeting = MeetingFactory()
    for each in range(number):
        ActionFactory(meeting=meeting, number=each + 1)
        MeetingFactory()
    keeper = signed_in(registrar())
    for url, queries in (
        (reverse("events:actions"), 11),
        (reverse("events:meetings"), 10),
        (meeting.get_absolute_url(), 16),
    ):
        with django_assert_num_queries(queries):
            keeper.get(url)


def test_an_added_action_tells_its_owner_who_may_then_read_the_meeting(signed_in):
    owner, meeting, keeper = professional(), MeetingFactory(), registrar()
    fields = {"text": "Bring the list", "owner": owner, "due": date(2026, 12, 1)}
    first = services.add_action(meeting, by=keeper, **fields)
    assert services.add_action(meeting, by=keeper, **fields) == first
    assert owner.notices.get().url == first.get_absolute_url()
    assert signed_in(owner).get(meeting.get_absolute_url()).status_code == 200


def test_a_calendar_of_the_meetings_that_one_may_know_of(signed_in):
    MeetingFactory(title="With an hour", starts="10:00")
    MeetingFactory(title="A day")
    calendar = signed_in(registrar()).get(reverse("events:meetings_calendar"))
    events = Calendar.from_ical(calendar.content).walk("VEVENT")
    assert {str(event["SUMMARY"]) for event in events} == {"With an hour", "A day"}
    stranger = signed_in(professional()).get(reverse("events:meetings_calendar"))
    assert not Calendar.from_ical(stranger.content).walk("VEVENT")


def test_minutes_and_decisions_are_found_by_their_audience_only():
    meeting = MeetingFactory()
    Decision.objects.create(meeting=meeting, number=1, text="Every dzongkhag keeps a spare modem.")
    found = search("spare modem", tokens=head().audience_tokens).results.hits
    assert [hit.url for hit in found] == [f"{meeting.get_absolute_url()}#decision-1"]
    assert not search("spare modem", tokens=professional().audience_tokens).results.hits
