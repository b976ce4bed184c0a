"""Schedules come in and go out equal; each talk is taken or refused by name."""

import json
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from lxml import etree

from events.models import Edition, ScheduleImport, Talk
from events.schedule.reading import UnreadableError, read_root
from events.schedule.services import apply_file, edition_for, export, judge
from events.schedule.writing import faults_of
from search.services import search
from tests.factories.events import TalkFactory
from tests.factories.people import PersonFactory, professional
from tests.factories.schedules import (
    FIRST,
    at,
    event,
    facts_of,
    one_day,
    real_size,
    schedule,
    schedules,
)

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("SCHEDULE_EXAMPLES", "15"))


def bring(data: bytes, slug: str = "ict-2027"):
    return apply_file(data, edition_for(slug), name="schedule.xml", by=None)


def given_back(slug: str = "ict-2027") -> bytes:
    data = export(Edition.objects.get(slug=slug))
    assert faults_of(data) == []
    return data


def outcomes(report) -> list[tuple[str, list[str]]]:
    return [(row.outcome, row.reasons) for row in report.rows if row.record]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=schedules())
def test_whatever_the_format_allows_comes_back_equal(data):
    slug = f"any-{Edition.objects.count()}"
    report = bring(data, slug)
    assert not [row for row in report.rows if row.refused]
    assert facts_of(given_back(slug)) == facts_of(data)


@pytest.mark.parametrize("talks", [60, 400, 1000])
def test_schedules_of_real_size_come_back_equal(talks, django_assert_max_num_queries):
    data = real_size(talks)
    with django_assert_max_num_queries(120):
        report = bring(data)
    assert report.counts["accepted"] == talks + 1
    assert facts_of(given_back()) == facts_of(data)
    again = bring(data)
    assert (again.counts["unchanged"], again.counts["accepted"]) == (talks, 1)
    assert ScheduleImport.objects.count() == 1


def test_a_program_reads_the_report_and_the_schedule_of_the_commands(tmp_path):
    file = tmp_path / "schedule.xml"
    file.write_bytes(one_day(event(1, at(9)), event(2, at(10), duration="long")))
    out, err = StringIO(), StringIO()
    for flags in (["--dry-run"], []):
        out = StringIO()
        call_command(
            "import_schedule",
            str(file),
            "--edition",
            "fresh",
            "--json",
            *flags,
            stdout=out,
            stderr=err,
        )
        report = json.loads(out.getvalue())
        assert Talk.objects.count() == (0 if flags else 1)
        assert [row["reasons"] for row in report["rows"]] == [[], [], ["DURATION_INVALID"]]
        assert report["counts"]["refused"] == 1
    assert "1 talks" in err.getvalue()
    out = StringIO()
    call_command("export_schedule", "fresh", stdout=out)
    assert "<title>Talk number 1</title>" in out.getvalue()
    with pytest.raises(CommandError, match="no edition"):
        call_command("export_schedule", "none")
    with pytest.raises(CommandError, match="beside the editions"):
        call_command("import_schedule", str(file), "--edition", "proposals")
    with pytest.raises(CommandError, match="no slug"):
        call_command("import_schedule", str(file), "--edition", "a b")


def test_a_talk_keeps_its_address_when_its_title_hour_and_number_change():
    bring(one_day(event(1, at(9)), event(2, at(10), title="Second")))
    first, second = Talk.objects.order_by("number")
    bring(one_day(event(2, at(9)), event(1, at(10))))
    assert {talk.title for talk in Talk.objects.all()} == {"Talk number 1", "Talk number 2"}
    guids = {talk.guid: talk.get_absolute_url() for talk in Talk.objects.all()}
    assert guids == {talk.guid: talk.get_absolute_url() for talk in (first, second)}
    swapped = one_day(
        event(1, at(9), guid=str(second.guid)), event(2, at(10), guid=str(first.guid))
    )
    bring(swapped)
    assert facts_of(given_back()) == facts_of(swapped)


def test_what_is_no_longer_in_the_file_is_taken_out_told_and_brought_back():
    speaker = PersonFactory(employee_id="T9001")
    persons = [("Officer 9001", {"code": "T9001"})]
    bring(one_day(event(1, at(9), persons=persons), event(2, at(10)), version="1"))
    talk = Talk.objects.get(number=1)
    assert list(talk.speakers.all()) == [speaker]
    report = bring(one_day(event(2, at(11)), version="2"))
    gone = [row for row in report.rows if row.reasons == ["NOT_IN_FILE"]]
    assert len(gone) == 1
    talk.refresh_from_db()
    assert talk.cancelled_at
    edition = Edition.objects.get()
    kinds = [change["kind"] for change in edition.releases.first().changes]
    assert (edition.releases.first().name, sorted(kinds)) == ("2", ["gone", "moved"])
    assert [notice.title for notice in speaker.notices.all()] == [
        "“Talk number 1” was taken out of the programme"
    ]
    bring(one_day(event(1, at(9), persons=persons), event(2, at(11)), version="3"))
    talk.refresh_from_db()
    assert (talk.cancelled_at, talk.number) == (None, 1)


def test_the_same_file_is_kept_once_also_beside_talks_that_were_made_by_hand():
    data = one_day(event(1, at(9)))
    bring(data)
    edition = Edition.objects.get()
    by_hand = TalkFactory(edition=edition, starts=at(9, day=5), room="Elsewhere")
    bring(data)
    assert ScheduleImport.objects.count() == 1
    by_hand.refresh_from_db()
    assert by_hand.cancelled_at is None
    assert b"Elsewhere" in given_back()


def test_talks_of_a_bulk_import_are_found_by_those_who_may_read_them():
    bring(one_day(event(1, at(9), title="Yak collars that report")))
    assert [
        hit.title
        for hit in search("yak collars", tokens=professional().audience_tokens).results.hits
    ] == ["Yak collars that report"]
    assert not search("yak collars", tokens={"public"}).results.hits


ODD = {
    "ELEMENT_UNKNOWN": event(1, at(9), inner="<do_not_know>x</do_not_know>"),
    "ROOM_DIFFERS": event(1, at(9), room="Hall Z"),
    "OTHER_ZONE": event(1, at(9), date="2027-10-12T09:00:00+00:00"),
    "DATE_WITHOUT_ZONE": event(1, at(9), date="2027-10-12T09:00:00"),
    "DATE_MADE": event(1, at(9), date=None),
    "START_DIFFERS": event(1, at(9), start="10:30"),
    "DAY_DIFFERS": event(1, at(9, day=9)),
    "GUID_MADE": event(1, at(9), guid=""),
    "DURATION_SECONDS": event(1, at(9), duration="00:25:30"),
    "ADDRESS_INVALID": event(1, at(9), url="javascript:alert(1)"),
    "EMPTY": event(1, at(9), persons=[("", {})]),
}
REFUSED = {
    "TITLE_MISSING": event(1, at(9), title=" "),
    "TITLE_TOO_LONG": event(1, at(9), title="x" * 301),
    "DATE_INVALID": event(1, at(9), date="soon"),
    "DURATION_INVALID": event(1, at(9), duration="0"),
    "GUID_INVALID": event(1, at(9), guid="no-guid"),
    "ID_INVALID": event(1, at(9)).replace('id="1"', 'id="-1"'),
    "GUID_MISSING": event(1, at(9), guid="").replace('id="1"', ""),
    "ELEMENT_TWICE": event(1, at(9), inner="<title>Two</title>"),
    "TEXT_TOO_LONG": event(1, at(9), description="x" * 50_001),
}


@pytest.mark.parametrize("code", ODD)
def test_what_is_odd_is_taken_and_named(code):
    assert outcomes(bring(one_day(ODD[code]))) == [("warned", [code])]
    assert Talk.objects.count() == 1
    given_back()


@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_be_taken_is_refused_by_name_and_the_others_stay(code):
    report = bring(one_day(REFUSED[code], event(7, at(15))))
    assert outcomes(report)[0] == ("refused", [code])
    assert [talk.number for talk in Talk.objects.all()] == [7]


def test_clashes_twins_and_two_thousand_talks():
    same = [("One", {"id": "5"})]
    clash = one_day(
        event(1, at(9), minutes=60),
        event(2, at(9, 30), persons=same),
        event(3, at(15), room="Hall A", persons=same, minutes=10),
        event(4, at(15, 5), room="Hall B", persons=same),
        event(4, at(17)),
    )
    named = [row.reasons for row in judge(clash, edition_for("x")).rows if row.record]
    assert named[:2] == [["ROOM_CLASH"], ["ROOM_CLASH"]]
    assert "SPEAKER_CLASH" in named[2]
    assert "SPEAKER_CLASH" in named[3]
    assert named[4] == ["ID_TWICE", "GUID_TWICE"]
    report = judge(real_size(2000), edition_for("x"))
    assert report.counts["accepted"] == 2001


def bomb(where: str) -> bytes:
    lines = ['<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    body = f"<version>&{where};</version>" if where else ""
    return (
        f"<!DOCTYPE schedule [{''.join(lines)}]><schedule>{body}<x y='&a9;'/></schedule>".encode()
    )


HOSTILE = {
    "entities": bomb("a9"),
    "entities in an attribute": bomb(""),
    "a file of the server": b'<!DOCTYPE s [<!ENTITY f SYSTEM "file:///etc/passwd">]><schedule>&f;</schedule>',
    "a foreign schema": b'<!DOCTYPE schedule SYSTEM "http://127.0.0.1:9/x.dtd"><schedule/>',
    "cut off": b"<schedule><day>",
    "nothing": b"",
    "another kind": b"<html/>",
    "no XML": b"\x00\xff\xfe",
    "too deep": b"<schedule>" + b"<a>" * 100_000,
    "too large": b" " * (20 * 2**20 + 1),
    "too many": schedule([(FIRST, {"A": ["<event/>"] * 5001})]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_reason(name):
    with pytest.raises(UnreadableError) as refusal:
        read_root(HOSTILE[name])
    assert "root:" not in str(refusal.value)


def test_long_texts_of_the_frame_are_cut_or_left_out_and_named():
    frame = {"acronym": "a" * 61, "base_url": f"https://x.example/{'b' * 470}", "venue": "c" * 999}
    room = schedule([(FIRST, {"r" * 300: [event(1, at(9), room="")]})], "v" * 200, **frame)
    report = bring(room)
    assert set(report.rows[0].reasons) == {"TEXT_TOO_LONG"}
    assert Talk.objects.get().room == "r" * 200
    edition = Edition.objects.get()
    assert (edition.version, edition.acronym) == ("v" * 100, "")
    assert edition.base_url == frame["base_url"]
    given_back()


def test_a_schedule_that_says_almost_nothing_is_read():
    report = bring(b"<schedule/>")
    assert [row.reasons for row in report.rows] == [["CONFERENCE_MISSING"]]
    assert etree.fromstring(given_back()).find("conference/title").text == "ict-2027"
