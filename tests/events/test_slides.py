"""Slides are handed in, checked, cut in a child process, and shown to their audience."""

import io
import signal
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from PIL import Image

from events import slides
from events.models import Material, SlidePage
from events.tasks import cut_slides
from lms.worker import run_tasks
from people.audiences import person_token
from people.models import Audience
from search.services import search
from tests.factories.events import (
    TalkFactory,
    handed_in,
    locked_pdf,
    pdf,
    scripted_pdf,
    slides_form,
    upload,
)
from tests.factories.people import professional, registrar

pytestmark = pytest.mark.django_db
DECK = settings.BASE_DIR / "starter/conference/2025/slides/keeping-two-hundred-centres-online.pdf"


def status(browser, address: str) -> int:
    answer = browser.get(address)
    if answer.streaming:
        answer.getvalue()  # a file that was only asked for stays open otherwise
    return answer.status_code


def upload_url(talk) -> str:
    return reverse("events:upload", args=[talk.edition.slug, talk.slug])


@pytest.fixture
def talk():
    return TalkFactory(speakers=[professional()])


def test_a_speaker_hands_in_slides_and_follows_them_until_they_are_read(talk, signed_in):
    speaker = signed_in(talk.speakers.get())
    assert speaker.get(upload_url(talk)).status_code == 200
    sent = speaker.post(upload_url(talk), slides_form(DECK.read_bytes()))
    material = talk.slides.get()
    assert sent["Location"] == material.get_absolute_url()
    assert "page 0 of 13" in speaker.get(sent["Location"]).content.decode()

    while not slides.cut(material):
        pass
    page = speaker.get(talk.get_absolute_url()).content.decode()
    assert 'id="page-13"' in page
    assert 'alt="Slide 2 of 13: Who waits when a line is down' in page
    second = material.pages.get(number=2)
    assert "མི་སྡེ་ལྟེ་བ" in second.text  # the page's Dzongkha can be searched and read aloud
    picture = speaker.get(reverse("events:picture", args=[second.pk, 1200]))
    opened = Image.open(io.BytesIO(picture.getvalue()))
    assert (opened.format, opened.size) == ("WEBP", (second.width, second.height))
    small = speaker.get(reverse("events:picture", args=[second.pk, 480]))
    assert Image.open(io.BytesIO(small.getvalue())).width == second.small_width == 480
    assert "page 13 of 13" in speaker.get(material.get_absolute_url()).content.decode()


# The task runner closes its connections, as it would in a process of its own.
def test_the_worker_cuts_what_was_handed_in(transactional_db, talk):
    material = handed_in(talk, pdf(3))
    run_tasks()
    material.refresh_from_db()
    assert (material.state, material.pages.count()) == ("ready", 3)


def test_a_long_deck_is_cut_in_turns_that_leave_room_for_other_jobs(talk):
    material = handed_in(talk, pdf(slides.PAGES_AT_ONCE + 1))
    assert slides.cut(material) is False
    assert material.pages.count() == slides.PAGES_AT_ONCE
    assert slides.cut(material) is True
    assert material.state == "ready"


def test_repeating_gives_the_first_material_and_other_content_is_refused(talk, signed_in):
    speaker = signed_in(talk.speakers.get())
    content = pdf(2)
    form = slides_form(content)
    first = speaker.post(upload_url(talk), form)
    again = speaker.post(upload_url(talk), form | {"file": upload(content)})
    other = speaker.post(upload_url(talk), form | {"file": upload(pdf(3))})
    assert talk.slides.count() == 1
    assert first["Location"] == again["Location"]
    assert other.status_code == 422
    assert "sent before with another file" in other.content.decode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "This file is empty"),
        (b"PK\x03\x04 a presentation", "This is not a PDF"),
        (b"%PDF-1.7\nbut nothing else", "cannot be opened"),
        (DECK.read_bytes()[:40_000], "cannot be opened"),
        (locked_pdf(), "asks for a password"),
        (pdf(600), "has 600 pages; at most 400"),
    ],
    ids=["empty", "other kind", "broken", "cut off", "locked", "600 pages"],
)
def test_what_cannot_become_slides_is_refused_at_the_field_and_the_rest_is_kept(
    talk, signed_in, content, reason
):
    speaker = signed_in(talk.speakers.get())
    answer = speaker.post(upload_url(talk), slides_form(content, title="གདོང་ My long title"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert reason in page
    assert 'aria-describedby="id_file_helptext id_file_error"' in page or "id_file_error" in page
    assert 'value="གདོང་ My long title"' in page
    assert not Material.objects.exists()


def test_slides_with_a_script_become_pictures_and_go_out_as_a_file_that_runs_nothing(
    talk, signed_in
):
    material = handed_in(talk, scripted_pdf())
    assert slides.cut(material)
    reader = signed_in(professional())
    page = reader.get(talk.get_absolute_url()).content.decode()
    assert 'id="page-1"' in page
    assert "app.alert" not in page
    answer = reader.get(reverse("events:download", args=[material.pk]))
    assert answer.getvalue() == scripted_pdf()
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]


def test_more_than_the_most_bytes_is_refused(talk, signed_in, settings):
    settings.UPLOAD_MB = {"slides": 0}
    answer = signed_in(talk.speakers.get()).post(upload_url(talk), slides_form(b"%PDF" * 300))
    assert answer.status_code == 422
    assert "at most 0 MB are taken" in answer.content.decode()


@pytest.mark.parametrize("title", ["", "x" * 100_000, "a\x00b", "‮evil‬" * 200])
def test_a_bad_title_is_said_at_the_field(talk, signed_in, title):
    answer = signed_in(talk.speakers.get()).post(upload_url(talk), slides_form(pdf(), title=title))
    assert answer.status_code == 422
    assert "id_title_error" in answer.content.decode()


def test_a_killed_child_loses_one_page_and_the_next_turn_goes_on(talk):
    material = handed_in(talk, DECK.read_bytes())
    cut_pages = []

    def kill_after_two(page, child):
        cut_pages.append(page.number)
        if page.number == 2:
            child.send_signal(signal.SIGKILL)
            child.wait()

    assert slides.cut(material, on_page=kill_after_two) is False
    kept = list(material.pages.values_list("pk", "number"))
    assert material.state == "pending"
    assert 2 <= len(kept) < 13  # a page more may have been spoken before the end
    assert slides.cut(material) is True
    assert list(material.pages.values_list("pk", "number"))[: len(kept)] == kept
    assert material.pages.count() == 13


def test_slides_whose_child_always_dies_are_refused_with_the_page_and_can_be_tried_again(
    talk, signed_in
):
    material = handed_in(talk, pdf(2))
    path = Path(material.file.path)
    path.write_bytes(b"%PDF rotten")
    for _turn in range(slides.MOST_FAILURES):
        cut_slides.func(material.pk)
    material.refresh_from_db()
    assert material.state == "refused"
    assert "Page 1 could not be drawn" in material.reason
    speaker = signed_in(talk.speakers.get())
    assert "Page 1 could not be drawn" in speaker.get(material.get_absolute_url()).content.decode()
    assert "Page 1 could not be drawn" in speaker.get(talk.get_absolute_url()).content.decode()

    path.write_bytes(pdf(2))
    again = reverse("events:again", args=[material.pk])
    assert speaker.get(again).status_code == 405
    assert speaker.post(again)["Location"] == material.get_absolute_url()
    cut_slides.func(material.pk)
    material.refresh_from_db()
    assert (material.state, material.reason) == ("ready", "")


def test_readers_keep_the_old_slides_until_newer_ones_are_ready(talk, signed_in):
    old = handed_in(talk, pdf(1))
    slides.cut(old)
    newer = handed_in(talk, pdf(2))
    assert talk.resources.get().shown() == old
    slides.cut(newer)
    assert talk.resources.get().shown() == newer


def test_only_speakers_and_keepers_hand_in(talk, client, signed_in):
    stranger = signed_in(professional())
    assert stranger.get(upload_url(talk)).status_code == 403
    assert stranger.post(upload_url(talk), slides_form(pdf())).status_code == 403
    assert client.get(upload_url(talk)).status_code == 302
    assert signed_in(registrar()).post(upload_url(talk), slides_form(pdf())).status_code == 302
    material = talk.slides.get()
    assert stranger.get(material.get_absolute_url()).status_code == 403
    assert stranger.post(reverse("events:again", args=[material.pk])).status_code == 403
    assert stranger.get(reverse("events:download", args=[material.pk])).status_code == 404


def test_nobody_outside_the_audience_gets_a_page_a_picture_or_the_pdf(client, signed_in):
    speaker, stranger = professional(), professional()
    talk = TalkFactory(speakers=[speaker], audience=Audience.objects.of(person_token(speaker.pk)))
    material = handed_in(talk, pdf(1))
    slides.cut(material)
    page = SlidePage.objects.get()
    addresses = [
        talk.get_absolute_url(),
        upload_url(talk),
        material.get_absolute_url(),
        reverse("events:picture", args=[page.pk, 480]),
        reverse("events:download", args=[material.pk]),
    ]
    assert {status(signed_in(speaker), address) for address in addresses} == {200}
    assert {status(signed_in(stranger), address) for address in addresses} == {404}
    assert {status(client, address) for address in addresses} <= {404, 302}
    assert client.get(addresses[3]).status_code == 404
    assert client.get(f"/media/{page.small.name}").status_code == 404
    assert (
        talk.title not in signed_in(stranger).get(talk.edition.get_absolute_url()).content.decode()
    )


def test_files_are_private_attachments_that_a_browser_keeps_by_etag(talk, signed_in):
    material = handed_in(talk, DECK.read_bytes())
    slides.cut(material)
    reader = signed_in(professional())
    download = reverse("events:download", args=[material.pk])
    first = reader.get(download)
    assert first.getvalue() == DECK.read_bytes()
    assert first["Content-Disposition"] == f'attachment; filename="{talk.slug}.pdf"'
    assert first["Cache-Control"].startswith("private")
    assert reader.get(download, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert reader.get(reverse("events:picture", args=[10**6, 480])).status_code == 404
    assert reader.get(f"/conferences/slides/{material.pages.first().pk}-77.webp").status_code == 404


def test_search_finds_a_slide_at_its_page_and_only_for_the_audience(talk):
    material = handed_in(talk, DECK.read_bytes())
    tokens = frozenset({"everyone"})
    assert not search("sixty honest lines", tokens=tokens).results.hits
    slides.cut(material)
    hits = search("sixty honest lines", tokens=tokens).results.hits
    assert f"{talk.get_absolute_url()}#page-12" in [hit.url for hit in hits]
    assert not search("sixty honest lines", tokens=frozenset({"public"})).results.hits
    talk.audience = Audience.objects.of("heads")
    talk.save()
    assert not search("sixty honest lines", tokens=tokens).results.hits
