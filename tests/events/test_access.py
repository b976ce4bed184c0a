"""Who reads a material, from which day on: page, file, picture, interface, search, ZIP and unit."""

import hashlib
import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events import bundles, handing_in, slides
from events.models import Bundle, Resource, SlidePage
from events.units import make_unit
from people.audiences import person_token
from people.models import Audience
from search.services import search
from tests.events.test_slides import DECK, status
from tests.factories.courses import course
from tests.factories.events import EditionFactory, TalkFactory, handed_in
from tests.factories.people import author, professional, registrar

pytestmark = pytest.mark.django_db
SENTENCE = "sixty honest lines"
TODAY = datetime(2026, 5, 4, 3, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def talk():
    talk = TalkFactory(speakers=[professional()])
    slides.cut(handed_in(talk, DECK.read_bytes()))
    return talk


def say(browser, resource: Resource, access: str, day: str = ""):
    return browser.post(
        reverse("events:set_access", args=[resource.pk]), {"access": access, "from_day": day}
    )


def reads(talk, browser: Client, person) -> set[bool]:
    """Everywhere the slides could be read; all of it must say the same."""
    material, page = talk.slides.get(), SlidePage.objects.get(number=1)
    tokens = person.audience_tokens
    api = browser.get(f"/api/v1/talks/{talk.slug}").json()
    return {
        b'id="page-1"' in browser.get(talk.get_absolute_url()).content,
        status(browser, reverse("events:download", args=[material.pk])) == 200,
        status(browser, reverse("events:picture", args=[page.pk, 480])) == 200,
        bool(api["slides"]),
        b">slides<" in browser.get(talk.edition.get_absolute_url()).content,
    } | ({bool(search(SENTENCE, tokens=tokens).results.hits)} if tokens else set())


def test_each_way_to_the_slides_asks_who_may_today(talk, signed_in):
    resource = talk.resources.get()
    people = {
        "reader": professional(), "participant": professional(), "speaker": talk.speakers.get(),
        "keeper": registrar(),
    }  # fmt: skip
    keeper = signed_in(people["keeper"])
    form = {"people": people["participant"].employee_id}
    assert keeper.post(
        reverse("events:participants", args=[talk.edition.slug]), form
    ).status_code == 302  # fmt: skip
    searched = {"reader", "keeper"}  # the others find by search what all may read, or nothing

    def who_reads() -> set[str]:
        found = set()
        for name, person in people.items():
            if name not in searched:
                person.__dict__["audience_tokens"] = frozenset()
            answers = reads(talk, signed_in(person), person)
            assert len(answers) == 1, name
            found |= {name} if answers == {True} else set()
        return found

    assert who_reads() == set(people)
    assert say(keeper, resource, "participants").status_code == 302
    assert who_reads() == {"participant", "speaker", "keeper"}
    assert not search(SENTENCE, tokens=people["participant"].audience_tokens).results.hits
    say(keeper, resource, "staff")
    assert who_reads() == {"speaker", "keeper"}
    say(signed_in(people["speaker"]), resource, "public", "2026-05-06")
    assert who_reads() == {"speaker", "keeper"}
    assert say(signed_in(people["reader"]), resource, "public").status_code == 403
    bad = say(keeper, resource, "everybody", "soon")
    assert bad.status_code == 422
    assert f"access_{resource.pk}_from_day_error" in bad.content.decode()
    with time_machine.travel(TODAY + timedelta(days=2)):
        assert handing_in.open_those_due() == 1
        assert handing_in.open_those_due() == 0
        assert who_reads() == set(people)


def test_a_talk_for_a_few_is_found_by_no_keeper_and_a_unit_takes_only_what_all_may_read(talk):
    resource = talk.resources.get()
    resource.from_day = date(2027, 1, 1)
    resource.save()
    unit = make_unit(talk, into=course(units=1), by=author())
    assert [block.block_type for block in unit.body] == ["text"]
    keepers = frozenset({"everyone", "keepers:events"})
    assert search(SENTENCE, tokens=keepers).results.hits
    talk.audience = Audience.objects.of(person_token(talk.speakers.get().pk))
    talk.save()
    assert not search(SENTENCE, tokens=keepers).results.hits


def test_unknown_participants_are_named_and_the_list_stays(signed_in):
    edition, keeper = EditionFactory(), signed_in(registrar())
    address = reverse("events:participants", args=[edition.slug])
    answer = keeper.post(address, {"people": "NOBODY-1\nNOBODY-2"})
    assert answer.status_code == 422
    assert "does not know: NOBODY-1, NOBODY-2" in answer.content.decode()
    assert signed_in(professional()).get(address).status_code == 403


def unzipped(answer) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_zips_are_made_once_per_change_and_hold_only_what_their_reader_may_have(signed_in):
    edition = EditionFactory()
    speaker = professional()
    first = TalkFactory(edition=edition, slug="first", speakers=[speaker])
    other_day = first.starts + timedelta(days=1)
    second = TalkFactory(edition=edition, slug="second", speakers=[speaker], starts=other_day)
    secret = TalkFactory(
        edition=edition, speakers=[speaker], audience=Audience.objects.of(person_token(speaker.pk))
    )
    for talk in (first, second, secret):
        handed_in(talk, talk.slug.encode(), kind="other", title="data.csv")
    closed = handed_in(first, b"closed", kind="other", title="closed.csv").resource
    reader, keeper = signed_in(professional()), signed_in(registrar())
    say(keeper, closed, "staff")
    whole = reverse("events:edition_zip", args=[edition.slug])
    waiting = reader.get(whole)
    assert waiting.status_code == 202
    assert "being made" in waiting.content.decode()

    assert bundles.make_bundles() == 7  # all and two days, for both; what staff has of the first
    assert bundles.make_bundles() == 0
    one, two = "2025-10-15/1000-first/first-datacsv-v1.csv", "2025-10-16/1000-second"
    shut = "2025-10-15/1000-first/first-closedcsv-v1.csv"
    assert unzipped(reader.get(whole)).keys() == {one, f"{two}/second-datacsv-v1.csv", "SHA256SUMS"}
    assert unzipped(reader.get(f"{whole}?day=2025-10-15")).keys() == {one, "SHA256SUMS"}
    assert reader.get(f"{whole}?day=2025-10-17").status_code == 404
    assert reader.get(f"{whole}?day=x").status_code == 404
    assert reader.get(f"{whole}?set=staff").status_code == 403
    everything = unzipped(keeper.get(f"{whole}?set=staff"))
    assert everything.keys() >= {one, shut}
    assert f"{hashlib.sha256(b'first').hexdigest()}  {one}" in everything["SHA256SUMS"].decode()
    assert not any("secret" in name or secret.slug in name for name in everything)
    talk_zip = reverse("events:talk_zip", args=[edition.slug, first.slug])
    assert unzipped(signed_in(speaker).get(f"{talk_zip}?set=staff")).keys() == {
        one, shut, "SHA256SUMS"
    }  # fmt: skip

    say(keeper, first.resources.get(title="data.csv"), "staff")
    assert reader.get(whole).status_code == 202  # the old one is given to nobody
    files = {row.file.path for row in Bundle.objects.all()}
    bundles.make_bundles()
    assert one not in unzipped(reader.get(whole))
    assert not [path for path in files - {row.file.path for row in Bundle.objects.all()}
                if Path(path).exists()]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "answered", "content"),
    [
        ("bytes=0-3", "bytes 0-3/10", b"0123"),
        ("bytes=8-", "bytes 8-9/10", b"89"),
        ("bytes=-2", "bytes 8-9/10", b"89"),
        ("bytes=4-900", "bytes 4-9/10", b"456789"),
        ("bytes=10-", "bytes */10", b""),
        ("bytes=-0", "bytes */10", b""),
        ("bytes=5-2", None, b"0123456789"),
        ("bytes=0-1,4-5", None, b"0123456789"),
        ("lines=1-2", None, b"0123456789"),
    ],
)
def test_a_part_of_a_file_is_sent_as_it_is(signed_in, asked, answered, content):
    talk = TalkFactory(speakers=[professional()])
    material = handed_in(talk, b"0123456789", kind="other", title="d.txt")
    reader, address = signed_in(professional()), reverse("events:download", args=[material.pk])
    answer = reader.get(address, headers={"range": asked, "accept-encoding": "gzip"})
    wanted = 200 if answered is None else 206 if content else 416
    got = b"".join(answer) if answer.streaming else answer.content
    assert (answer.status_code, answer.get("Content-Range"), got) == (wanted, answered, content)
    assert not answer.has_header("Content-Encoding")
    other = reader.get(address, headers={"range": asked, "if-range": '"of another version"'})
    assert (other.status_code, other.getvalue()) == (200, b"0123456789")
