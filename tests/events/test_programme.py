"""A large programme by day, track, speaker and own choice; its versions; who keeps it."""

import gzip
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from icalendar import Calendar

from events.models import Edition, ScheduleImport, Speaker, Talk
from events.schedule.services import apply_file, edition_for
from events.schedule.writing import faults_of
from people.models import Audience
from tests.factories.events import EditionFactory, TalkFactory
from tests.factories.people import PersonFactory, operator, professional, registrar
from tests.factories.schedules import at, event, one_day, real_size

pytestmark = pytest.mark.django_db


def bring(data: bytes) -> Edition:
    edition = edition_for("ict-2027")
    apply_file(data, edition, name="schedule.xml", by=None)
    return Edition.objects.get(slug="ict-2027")


def url(name: str, edition: Edition, *more) -> str:
    return reverse(f"events:{name}", args=[edition.slug, *more])


def test_a_thousand_talks_stay_within_queries_and_weight(signed_in, django_assert_num_queries):
    edition = bring(real_size(1000))
    reader = signed_in(professional())
    talk, speaker = Talk.objects.first(), Speaker.objects.first()
    track = talk.track
    for address, queries, kilobytes in (
        (edition.get_absolute_url(), 15, 25),
        (f"{edition.get_absolute_url()}?day=2027-10-13&page=2", 15, 25),
        (track.get_absolute_url(), 12, 25),
        (url("speakers", edition), 11, 25),
        (speaker.get_absolute_url(), 12, 25),
        (url("releases", edition), 12, 25),
        (edition.releases.get().get_absolute_url(), 11, 25),
        (url("releases_feed", edition), 10, 60),
        (talk.get_absolute_url(), 21, 25),
    ):
        with django_assert_num_queries(queries):
            page = reader.get(address)
        assert page.status_code == 200, address
        assert len(gzip.compress(page.content)) / 1024 < kilobytes, address
    day = reader.get(f"{edition.get_absolute_url()}?day=2027-10-13").content.decode()
    assert "Wednesday, 13 October 2027" in day
    assert "Tuesday, 12 October 2027" not in day


def test_tracks_speakers_and_calendars_show_what_the_reader_may_see(signed_in):
    edition = bring(one_day(event(1, at(9)), event(2, at(10), persons=[("Guest B", {"id": "2"})])))
    Talk.objects.filter(number=2).update(audience=Audience.objects.of("heads"))
    reader = signed_in(professional())
    first = Talk.objects.get(number=1)
    for address in (first.track.get_absolute_url(), url("speakers", edition)):
        page = reader.get(address).content.decode()
        assert ("Talk number 1" in page) or ("Officer T1" in page)
        assert "Talk number 2" not in page
        assert "Guest B" not in page
    hidden = Speaker.objects.get(name="Guest B")
    assert reader.get(hidden.get_absolute_url()).status_code == 404
    for name, args in (
        ("edition_calendar", []),
        ("track_calendar", [first.track.slug]),
        ("talk_calendar", [first.slug]),
    ):
        events = Calendar.from_ical(reader.get(url(name, edition, *args)).content).walk("VEVENT")
        assert [str(each["SUMMARY"]) for each in events] == ["Talk number 1"]
    assert reader.get(url("talk_calendar", edition, "none")).status_code == 404


def test_hours_are_those_of_the_conference(signed_in):
    edition = EditionFactory(time_zone="Europe/Berlin")
    talk = TalkFactory(edition=edition)  # 10:00 in Thimphu
    reader = signed_in(professional())
    for address in (edition.get_absolute_url(), talk.get_absolute_url()):
        assert "06:00" in reader.get(address).content.decode()


def test_an_own_programme_is_chosen_talk_by_talk(signed_in):
    talk, reader = TalkFactory(), signed_in(professional())
    pick = url("pick", talk.edition, talk.slug)
    for _turn in range(2):
        assert reader.post(pick)["Location"] == talk.get_absolute_url()
    assert talk.title in reader.get(url("my_programme", talk.edition)).content.decode()
    mine = reader.get(url("my_calendar", talk.edition)).content
    assert len(Calendar.from_ical(mine).walk("VEVENT")) == 1
    assert "Out of my programme" in reader.get(talk.get_absolute_url()).content.decode()
    reader.post(url("unpick", talk.edition, talk.slug))
    assert "No talk here yet" in reader.get(url("my_programme", talk.edition)).content.decode()


def test_a_keeper_brings_a_schedule_after_its_report(signed_in):
    edition, keeper = EditionFactory(), signed_in(registrar())
    bad = SimpleUploadedFile("s.xml", b"<!DOCTYPE a><schedule/>")
    answer = keeper.post(url("schedule_imports", edition), {"file": bad})
    assert (answer.status_code, "document type" in answer.content.decode()) == (422, True)
    data = one_day(event(1, at(9)), event(2, at(10), duration="x"))
    answer = keeper.post(
        url("schedule_imports", edition), {"file": SimpleUploadedFile("s.xml", data)}, follow=True
    )
    page = answer.content.decode()
    assert "Nothing is written yet" in page
    assert "DURATION_INVALID" in page
    assert Talk.objects.count() == 0
    confirm = url("confirm_schedule", edition, ScheduleImport.objects.get().pk)
    for _turn in range(2):
        assert keeper.post(confirm).status_code == 302
    assert [talk.number for talk in Talk.objects.all()] == [1]
    assert b"Talk number 1" in keeper.get(url("schedule_file", edition)).content
    kept = url("brought_file", edition, ScheduleImport.objects.get().pk)
    assert keeper.get(kept).content == data
    stranger = signed_in(professional())
    assert stranger.post(confirm).status_code == 403
    assert stranger.get(url("schedule_file", edition)).status_code == 403


def test_a_release_tells_speakers_whose_talk_moved_and_hides_what_readers_may_not_see(signed_in):
    speaker, keeper = professional(), signed_in(registrar())
    talk = TalkFactory(speakers=[speaker], room="Hall A")
    secret = TalkFactory(
        edition=talk.edition, title="For heads", audience=Audience.objects.of("heads")
    )
    keeper.post(url("make_release", talk.edition), {"name": "1"})
    assert not speaker.notices.exists()
    form = {"title": talk.title, "starts": "2025-10-15T11:00", "minutes": "25", "room": "Hall B"}
    keeper.post(url("edit_talk", talk.edition, talk.slug), form)
    for _turn in range(2):
        keeper.post(url("make_release", talk.edition), {"name": "2"})
    assert [row.name for row in talk.edition.releases.all()] == ["2", "1"]
    assert "moved: 2025-10-15 11:00, Hall B" in speaker.notices.get().title
    page = signed_in(professional()).get(url("release", talk.edition, 2)).content.decode()
    assert "Hall B" in page
    first = signed_in(professional()).get(url("release", talk.edition, 1)).content.decode()
    assert talk.title in first
    assert secret.title not in first
    feed = signed_in(professional()).get(url("releases_feed", talk.edition)).content.decode()
    assert talk.title in feed
    assert secret.title not in feed
    assert keeper.post(url("make_release", talk.edition), {"name": ""}).status_code == 422


def test_a_keeper_makes_and_changes_a_conference_and_hears_of_clashes(signed_in):
    keeper = signed_in(registrar())
    form = {"title": "ICT 2029", "starts": "2029-10-01", "ends": "2029-10-02"}
    form |= {"time_zone": "Asia/Thimphu", "audience": "everyone", "intro": "Two days"}
    for _turn in range(2):
        assert keeper.post(reverse("events:new_edition"), form).status_code == 302
    edition = Edition.objects.get()
    wrong = keeper.post(url("edit_edition", edition), form | {"ends": "2029-09-01"})
    assert (wrong.status_code, "Two days" in wrong.content.decode()) == (422, True)
    assert keeper.post(url("edit_edition", edition), form | {"time_zone": "X"}).status_code == 422
    keeper.post(url("edit_edition", edition), form | {"place": "Paro"})
    edition.refresh_from_db()
    assert (edition.place, edition.slug) == ("Paro", "ict-2029")
    busy = TalkFactory(edition=edition, room="Hall A", title="Busy")
    other = TalkFactory(edition=edition, room="Hall B", starts=busy.starts + timedelta(hours=2))
    change = {"title": "Other", "starts": "2025-10-15T10:10", "minutes": "25", "room": "Hall A"}
    answer = keeper.post(url("edit_talk", edition, other.slug), change, follow=True)
    assert "Hall A has “Busy” at the same time." in answer.content.decode()
    refused = signed_in(professional()).get(url("edit_talk", edition, other.slug))
    assert refused.status_code == 403


def test_a_guest_is_linked_to_a_colleague_who_may_then_hand_in_slides(signed_in):
    edition = bring(one_day(event(1, at(9))))
    speaker, colleague = Speaker.objects.get(), PersonFactory(name="Officer T1")
    link = url("link_speaker", edition, speaker.slug)
    assert signed_in(professional()).post(link, {"person": "X"}).status_code == 403
    keeper = signed_in(registrar())
    wrong = keeper.post(link, {"person": "NOBODY"})
    assert (wrong.status_code, "NOBODY" in wrong.content.decode()) == (422, True)
    keeper.post(link, {"person": colleague.employee_id})
    assert list(Talk.objects.get().speakers.all()) == [colleague]
    bring(one_day(event(1, at(11))))
    assert list(Talk.objects.get().speakers.all()) == [colleague]


def test_a_talk_that_was_taken_out_keeps_its_page_and_what_that_leads_to(signed_in):
    bring(one_day(event(1, at(9), track="Alone", persons=[("Guest C", {"id": "3"})])))
    talk = Talk.objects.get()
    bring(one_day(event(2, at(9)), version="2"))
    reader = signed_in(professional())
    page = reader.get(talk.get_absolute_url()).content.decode()
    assert "taken out of the programme" in page
    for address in (
        talk.track.get_absolute_url(),
        Speaker.objects.get(name="Guest C").get_absolute_url(),
    ):
        assert address in page
        assert "Talk number 1" not in reader.get(address).content.decode()
    held = url("held", talk.edition, talk.slug)
    assert signed_in(registrar()).post(held).status_code == 403


def test_what_xml_cannot_write_is_left_out_of_the_file(signed_in):
    talk = TalkFactory(title="A\x0bB\ufffeC")
    data = signed_in(registrar()).get(url("schedule_file", talk.edition)).content
    assert b"<title>ABC</title>" in data
    assert faults_of(data) == []


def test_who_may_not_see_a_conference_finds_none_of_its_pages(signed_in):
    edition = bring(one_day(event(1, at(9)), start=str(date(2027, 10, 12))))
    stranger = signed_in(operator())
    for name in ("edition", "speakers", "releases", "my_programme", "propose", "releases_feed"):
        assert stranger.get(url(name, edition)).status_code == 404


def test_no_talk_takes_the_address_of_a_page(signed_in):
    bring(one_day(event(1, at(9), title="Speakers"), event(2, at(10), title="ལས་འགུལ།")))
    assert {talk.slug for talk in Talk.objects.all()} == {"speakers-2", "talk"}
