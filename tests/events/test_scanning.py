"""Files wait for a virus scanner where one is set; what it finds something in is kept away."""

import time
import uuid
from datetime import date

import pytest
from django.urls import reverse

from events import scanning
from events.models import Cue, Material, Paper, SlidePage
from events.slides import cut
from search.services import search
from tests.factories.events import MeetingFactory, TalkFactory, handed_in, pdf, upload
from tests.factories.people import professional, registrar

pytestmark = pytest.mark.django_db
CLEAN = pdf()
BAD = CLEAN + b"EICAR"
VTT = b"WEBVTT\n\n00:01.000 --> 00:04.000\nNobody in the gewog waits\n"
SCANNER = """#!/bin/sh
for file in "$@"; do :; done  # the last argument
[ "$1" = --quiet ] || exit 2
grep -q EICAR "$file" && exit 1
grep -q UNKNOWN "$file" && exit 40
exit 0
"""


@pytest.fixture
def scanner(tmp_path, settings):
    script = tmp_path / "scan"
    script.write_text(SCANNER)
    script.chmod(0o755)
    settings.SCAN_COMMAND = [str(script), "--quiet"]
    yield script
    scanning._running, scanning._quiet_until = None, 0.0


@pytest.fixture
def talk():
    return TalkFactory(speakers=[professional()])


def scan_all() -> None:
    """Give the worker's job its turns until nothing goes on any more."""
    for _turn in range(500):
        scanning.turn()
        if scanning._running is None and scanning._next() is None:
            return
        if scanning._quiet_until:
            return
        time.sleep(0.01)
    raise AssertionError("The scanner does not end.")


def test_a_clean_file_is_shown_once_the_scanner_has_let_it_through(talk, scanner, signed_in):
    material, spoken = (
        handed_in(talk, CLEAN),
        handed_in(talk, VTT, kind="transcript", title="t.vtt"),
    )
    speaker, reader = signed_in(talk.speakers.get()), signed_in(professional())
    for row in (material, spoken):
        address = reverse("events:download", args=[row.pk])
        assert speaker.get(address).status_code == reader.get(address).status_code == 404
    assert not Cue.objects.exists()
    assert (
        "waits for the virus scanner" in speaker.get(material.get_absolute_url()).content.decode()
    )
    scan_all()
    material.refresh_from_db()
    cut(material)
    assert SlidePage.objects.count() == 2
    assert Cue.objects.get().text == "Nobody in the gewog waits"
    assert search("gewog waits", tokens=frozenset({"everyone"})).results.hits
    assert reader.get(reverse("events:download", args=[material.pk])).getvalue() == CLEAN


def test_what_the_scanner_finds_is_kept_away_and_told(talk, scanner, signed_in):
    keeper, person = registrar(), talk.speakers.get()
    material = handed_in(talk, BAD)
    scan_all()
    material.refresh_from_db()
    assert (material.scan, material.state) == ("infected", "refused")
    assert material.reason.startswith("The virus scanner found something")
    for who in (person, keeper):
        address = reverse("events:download", args=[material.pk])
        assert signed_in(who).get(address).status_code == 404
        notices = who.notices.filter(event=f"scan:material:{material.pk}")
        assert [row.url for row in notices] == [material.get_absolute_url()]
    page = signed_in(person).get(material.get_absolute_url()).content.decode()
    assert "The virus scanner found something" in page
    again = reverse("events:again", args=[material.pk])
    assert again not in page
    signed_in(person).post(again)
    assert Material.objects.get().state == "refused"
    listing = reverse("events:materials", args=[talk.edition.slug, talk.slug])
    assert reverse("events:download", args=[material.pk]) not in (
        signed_in(keeper).get(listing).content.decode()
    )
    assert handed_in(talk, BAD) == material  # the same file again changes nothing
    handed_in(talk, pdf(3))
    scan_all()
    assert cut(Material.objects.first())
    assert talk.shown_material(professional()).number == 2


def test_a_scanner_that_says_nothing_lets_nothing_through(talk, scanner, settings, caplog):
    material = handed_in(talk, b"UNKNOWN", kind="other", title="x.txt")
    scan_all()
    material.refresh_from_db()
    assert (material.scan, material.state) == ("waiting", "pending")
    assert "ended with 40" in caplog.text
    scanning._quiet_until = 0.0
    settings.SCAN_COMMAND = ["/nowhere/scanner"]
    scan_all()
    assert "cannot be started" in caplog.text
    assert Material.objects.get().scan == "waiting"
    scanning._quiet_until = 0.0
    settings.SCAN_COMMAND = []  # taken out of the settings: what waited goes on
    scan_all()
    assert Material.objects.get().state == "ready"


def test_without_a_scanner_nothing_waits(talk):
    assert handed_in(talk, b"EICAR", kind="other", title="x.txt").state == "ready"


def test_papers_of_a_meeting_wait_too(scanner, signed_in):
    person = registrar()
    meeting = MeetingFactory(date=date(2026, 12, 10))
    address = reverse("events:hand_in_paper", args=[meeting.slug])
    for title, content in (("Clean", CLEAN), ("Bad", BAD)):
        form = {"title": title, "text": "Read this", "cid": str(uuid.uuid4())}
        sent = signed_in(person).post(address, form | {"file": upload(content)})
        assert sent.status_code == 302
    clean, bad = Paper.objects.order_by("pk")
    opens = {row: reverse("events:paper", args=[row.pk]) for row in (clean, bad)}
    assert {signed_in(person).get(url).status_code for url in opens.values()} == {404}
    scan_all()
    assert signed_in(person).get(opens[clean]).getvalue() == CLEAN
    assert signed_in(person).get(opens[bad]).status_code == 404
    page = signed_in(person).get(meeting.get_absolute_url()).content.decode()
    assert opens[clean] in page
    assert opens[bad] not in page
    assert "kept away: the virus scanner found something" in page
    assert person.notices.filter(event=f"scan:paper:{bad.pk}").exists()
