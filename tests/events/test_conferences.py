"""Editions, programmes, talks given as evidence, the calendar and the API."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from competencies.models import Evidence
from events.models import Talk, Track
from events.queries import upcoming_for
from lms.starter import FOLDER, parts
from people.models import Audience
from tests.factories.events import EditionFactory, MeetingFactory, TalkFactory
from tests.factories.people import professional, registrar

pytestmark = pytest.mark.django_db


def test_a_programme_by_day_and_hour_with_what_the_reader_may_see(signed_in):
    edition = EditionFactory()
    TalkFactory(edition=edition, title="Seen by all")
    TalkFactory(edition=edition, title="For heads", audience=Audience.objects.of("heads"))
    reader = signed_in(professional())
    assert edition.title in reader.get(reverse("events:conferences")).content.decode()
    page = reader.get(edition.get_absolute_url()).content.decode()
    assert "Wednesday, 15 October 2025" in page
    assert "Seen by all" in page
    assert "For heads" not in page
    calendar = reader.get(reverse("events:edition_calendar", args=[edition.slug]))
    events = Calendar.from_ical(calendar.content).walk("VEVENT")
    assert [str(event["SUMMARY"]) for event in events] == ["Seen by all"]
    assert events[0].decoded("DTSTART") == Talk.objects.get(title="Seen by all").starts


def test_what_does_not_exist_or_is_not_for_you_is_not_found(client, signed_in):
    edition = EditionFactory()
    talk = TalkFactory(edition=edition)
    other = EditionFactory()
    reader = signed_in(professional())
    assert reader.get("/conferences/none/").status_code == 404
    assert reader.get(f"/conferences/{other.slug}/{talk.slug}/").status_code == 404
    assert client.get(edition.get_absolute_url()).status_code == 404
    assert reader.post(talk.get_absolute_url()).status_code == 405


@pytest.mark.parametrize("number", [1, 30])
def test_queries_do_not_grow_with_the_programme(number, signed_in, django_assert_num_queries):
    edition = EditionFactory()
    for _each in range(number):
        track = Track.objects.create(edition=edition, name=f"Track {_each}", slug=f"t{_each}")
        TalkFactory(edition=edition, speakers=[professional()], track=track)
        EditionFactory()
    reader = signed_in(professional())
    with django_assert_num_queries(15):
        reader.get(edition.get_absolute_url())
    with django_assert_num_queries(11):
        reader.get(reverse("events:conferences"))


@pytest.fixture
def framework():
    for name in ("geography", "tracks", "framework"):
        for loader in parts()[name]:
            loader(FOLDER)


def test_a_talk_that_was_given_is_evidence_once(framework, signed_in):
    from competencies.models import Competency  # noqa: PLC0415

    speaker = professional()
    talk = TalkFactory(speakers=[speaker])
    talk.competencies.add(Competency.objects.get(code="NET-03"))
    held = reverse("events:held", args=[talk.edition.slug, talk.slug])
    assert signed_in(speaker).post(held).status_code == 403
    keeper = signed_in(registrar())
    assert keeper.get(held).status_code == 405
    for _turn in range(2):
        assert keeper.post(held)["Location"] == talk.get_absolute_url()
    evidence = Evidence.objects.get(person=speaker)
    assert (evidence.kind, evidence.competency.code) == (Evidence.Kind.TALK, "NET-03")
    assert evidence.observed_on == date(2025, 10, 15)


def test_a_talk_to_come_is_no_evidence_and_a_keeper_cannot_confirm_the_own_one(signed_in):
    keeper = registrar()
    later = TalkFactory(starts=timezone.now() + timedelta(days=2))
    own = TalkFactory(speakers=[keeper])
    browser = signed_in(keeper)
    held = reverse("events:held", args=[later.edition.slug, later.slug])
    assert "not begun yet" in browser.post(held, follow=True).content.decode()
    assert (
        browser.post(reverse("events:held", args=[own.edition.slug, own.slug])).status_code == 403
    )
    assert not Talk.objects.filter(held_at__isnull=False).exists()


def test_what_comes_next_for_a_person():
    speaker = professional()
    soon = timezone.localdate() + timedelta(days=3)
    EditionFactory(starts=soon, ends=soon, title="Soon")
    TalkFactory(starts=timezone.now() + timedelta(days=2), title="Mine", speakers=[speaker])
    MeetingFactory(date=soon)
    assert [row.title for row in upcoming_for(speaker)] == ["Mine", "Soon"]


def test_the_api_serves_the_same_rows_under_the_same_rules(client, signed_in):
    talk = TalkFactory()
    TalkFactory(edition=talk.edition, audience=Audience.objects.of("heads"), slug="secret")
    reader = signed_in(professional())
    listed = reader.get(f"/api/v1/editions/{talk.edition.slug}/talks").json()
    assert [row["slug"] for row in listed["items"]] == [talk.slug]
    assert reader.get(f"/api/v1/talks/{talk.slug}").json()["abstract"] == talk.abstract
    assert reader.get("/api/v1/talks/secret").status_code == 404
    assert client.get(f"/api/v1/talks/{talk.slug}").status_code == 401
