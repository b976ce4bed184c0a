"""Recordings with small copies, chapters and transcripts, which readers correct and search."""

import subprocess
import time
import uuid

import pytest
from django.urls import reverse

from events import slides, transcoding, transcripts
from events.models import Correction, Cue, Material, Tier
from events.slides import RefusedError
from search.services import search
from tests.factories.events import TalkFactory, handed_in, pdf, slides_form, upload
from tests.factories.people import professional, registrar

pytestmark = pytest.mark.django_db
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(200)
VTT = """WEBVTT

NOTE what is left out

first
00:01.000 --> 00:04.000
When the line is <i>down</i>

00:00:04.000 --> 00:00:08.500 align:start
nobody in the gewog waits.

01:02:03.000 --> 01:02:05.000
The end &amp; thanks.
"""


@pytest.fixture
def talk():
    return TalkFactory(speakers=[professional()])


def page_of(talk) -> str:
    return reverse("events:recording", args=[talk.edition.slug, talk.slug])


def test_a_sentence_of_a_transcript_is_found_at_its_second_and_corrected_by_readers(
    talk, signed_in
):
    speaker, reader = signed_in(talk.speakers.get()), signed_in(professional())
    address = reverse("events:upload", args=[talk.edition.slug, talk.slug])
    form = slides_form(b"", kind="transcript", file=upload(VTT.encode(), "talk.vtt"))
    assert speaker.post(address, form).status_code == 302
    everyone = frozenset({"everyone"})
    hits = search("line is down nobody waits", tokens=everyone).results.hits
    assert [hit.url for hit in hits if hit.kind == "transcript"] == [f"{page_of(talk)}?t=1#cue-1"]
    page = reader.get(hits[0].url).content.decode()
    assert 'id="cue-3"' in page
    assert "1:02:03" in page
    assert "The end &amp; thanks." in page
    files = reverse("events:transcript", args=[talk.edition.slug, talk.slug])
    assert "00:00:04.000 --> 00:00:08.500\nnobody" in reader.get(files).content.decode()
    text = reader.get(f"{files}?as=text").content.decode()
    assert text == "When the line is down nobody in the gewog waits.\nThe end & thanks.\n"

    cue = Cue.objects.get(number=2)
    correct = reverse("events:correct", args=[cue.pk])
    sent = {"text": "nobody in the chiwog waits.", "cid": str(uuid.uuid4())}
    for _time in range(2):
        assert reader.post(correct, sent)["Location"] == cue.get_absolute_url()
    assert reader.post(correct, sent | {"text": "other"}).status_code == 422
    assert reader.post(correct, sent | {"text": ""}).status_code == 422
    waiting = Correction.objects.get()
    assert "gewog" in reader.get(page_of(talk)).content.decode()  # not yet
    listing = reverse("events:corrections", args=[talk.edition.slug, talk.slug])
    assert reader.get(listing).status_code == 403
    assert "chiwog" in speaker.get(listing).content.decode()
    take = reverse("events:take_correction", args=[waiting.pk])
    assert reader.post(take).status_code == 403
    speaker.post(take)
    speaker.post(reverse("events:leave_correction", args=[waiting.pk]))  # the first one stays
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by) == ("taken", talk.speakers.get())
    assert search("chiwog waits", tokens=everyone).results.hits
    assert not search("gewog", tokens=everyone).results.hits
    speaker.post(correct, {"text": "no one waits.", "cid": str(uuid.uuid4())})  # at once
    cue.refresh_from_db()
    assert cue.text == "no one waits."


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (b"1\n00:01.000 --> 00:02.000\nx", ["Line 1: a WebVTT file begins"]),
        (b"WEBVTT\n\n\xff\xfe", ["Line 3: this is not UTF-8"]),
        (b"WEBVTT\n", ["There is no cue"]),
        (
            b"WEBVTT\n\n00:05.000 --> 00:02.000\na\n\nname\n00:06.000 --> 00:09.000\nb\n\n"
            b"00:08.000 --> 00:10.000\nc\n\n00:11,000 --> 00:12,000\nd\n\n00:13.000 --> 00:14.000",
            [
                "Line 3: it ends (00:00:02.000) before it begins (00:00:05.000)",
                "Line 10: it begins before the cue of line 7 ends (00:00:09.000)",
                "Line 13: here must be times",
                "Line 16: there is no text",
            ],
        ),
    ],
    ids=["no head", "no UTF-8", "empty", "times"],
)
def test_each_faulty_line_of_a_transcript_is_named(talk, signed_in, content, faults):
    address = reverse("events:upload", args=[talk.edition.slug, talk.slug])
    form = slides_form(b"", kind="transcript", title="Mine", file=upload(content, "t.vtt"))
    answer = signed_in(talk.speakers.get()).post(address, form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert [fault for fault in faults if fault not in page] == []
    assert 'value="Mine"' in page
    assert not Material.objects.exists()


def test_a_recording_plays_from_a_second_in_parts_with_its_chapters(talk, signed_in, client):
    with pytest.raises(RefusedError, match="no recording"):
        handed_in(talk, b"#EXTM3U\nfile:///etc/passwd", kind="recording", title="x.mp4")
    slides.cut(handed_in(talk, pdf(2)))
    recording = handed_in(talk, MP4, kind="recording", title="talk.mp4")
    speaker, reader = signed_in(talk.speakers.get()), signed_in(professional())
    assert client.get(page_of(talk)).status_code == 404
    chapters = reverse("events:chapters", args=[talk.edition.slug, talk.slug])
    assert reader.post(chapters, {"chapters": "0:00 x"}).status_code == 403
    lines = "1:05 Who waits\n0:00 Hello\n0:65 no\nnothing\n2:00 #9\n1:05 again"
    wrong = speaker.post(chapters, {"chapters": lines}).content.decode()
    assert all(fault in wrong for fault in ("Line 3:", "Line 4:", "no slide 9", "Line 6: another"))
    assert "1:05 Who waits" in wrong
    assert speaker.post(chapters, {"chapters": "1:05 Who waits\n1:00:00 #2"}).status_code == 302
    page = reader.get(f"{page_of(talk)}?t=65").content.decode()
    source = reverse("events:media", args=[recording.pk])
    assert f'src="{source}#t=65"' in page
    assert f"{talk.get_absolute_url()}#page-2" in page
    part = reader.get(source, headers={"range": "bytes=4-7"})
    assert (part.status_code, part.getvalue(), part["Content-Type"]) == (206, b"ftyp", "video/mp4")
    resource = recording.resource
    signed_in(registrar()).post(
        reverse("events:set_access", args=[resource.pk]), {"access": "staff", "from_day": ""}
    )
    assert reader.get(source).status_code == 404
    assert reader.get(page_of(talk)).status_code == 404


@pytest.mark.skipif(not transcoding.is_possible(), reason="ffmpeg is not installed")
def test_small_copies_are_made_beside_and_offered(talk, signed_in, tmp_path):
    path = tmp_path / "talk.mp4"
    make = ("-f lavfi -i testsrc=duration=1:size=640x360:rate=5 "
            "-f lavfi -i sine=duration=1 -shortest").split()  # fmt: skip
    subprocess.run(["ffmpeg", "-v", "error", *make, path], check=True)
    recording = handed_in(talk, path.read_bytes(), kind="recording", title="talk.mp4")
    broken = TalkFactory(speakers=[talk.speakers.get()])
    handed_in(broken, MP4, kind="recording", title="broken.mp4")
    for _turn in range(600):
        transcoding.turn()
        if Tier.objects.count() == 6:
            break
        time.sleep(0.1)
    made = {tier.name: tier for tier in recording.tiers.exclude(file="")}
    assert made.keys() == {"audio", "240p", "480p"}
    assert not Tier.objects.filter(material__resource__talk=broken).exclude(file="").exists()
    reader = signed_in(professional())
    small = reverse("events:tier", args=[made["240p"].pk])
    sound = reader.get(reverse("events:tier", args=[made["audio"].pk]))
    assert sound.getvalue()[:4] == b"\x1aE\xdf\xa3"
    assert reader.get(small, headers={"range": "bytes=0-9"}).getvalue()[4:8] == b"ftyp"
    assert small not in reader.get(page_of(talk)).content.decode()
    saving = reader.get(page_of(talk), headers={"save-data": "on"}).content.decode()
    assert f'src="{small}"' in saving
    assert "<audio" in reader.get(f"{page_of(talk)}?quality=audio").content.decode()


@pytest.mark.parametrize("corrections", [1, 30])
def test_the_list_of_corrections_takes_the_same_queries_for_any_number(
    talk, signed_in, django_assert_num_queries, corrections
):
    handed_in(talk, VTT.encode(), kind="transcript", title="talk.vtt")
    cue = Cue.objects.get(number=2)
    for number in range(corrections):
        transcripts.correct(cue, by=professional(), text=f"Heard {number}.", cid=uuid.uuid4())
    speaker = signed_in(talk.speakers.get())
    listing = reverse("events:corrections", args=[talk.edition.slug, talk.slug])
    with django_assert_num_queries(14):
        page = speaker.get(listing).content.decode()
    assert page.count("Heard") == 3 * corrections  # and a name for each of two buttons
