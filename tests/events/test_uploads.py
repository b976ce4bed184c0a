"""The resumable upload as a program speaks it, and the private link that needs no account."""

import hashlib
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events import slides, uploads
from events.bringing import Bringer
from events.models import Material, Upload, UploadLink
from events.tasks import keep_upload
from tests.factories.events import TalkFactory, handed_in, large_pdf, pdf, slides_form
from tests.factories.people import professional, registrar
from tests.tus import TUS, metadata

pytestmark = pytest.mark.django_db
OCTETS = "application/offset+octet-stream"


@pytest.fixture
def talk():
    return TalkFactory(speakers=[professional()])


@pytest.fixture
def speaker(talk, signed_in):
    return signed_in(talk.speakers.get())


def begin(browser, talk, size, headers=None, address=None, **said):
    return browser.post(
        address or reverse("events:tus_begin", args=[talk.pk]),
        headers=TUS | {"upload-length": str(size), "upload-metadata": metadata(**said)}
        | (headers or {}),
    )  # fmt: skip


def piece(browser, address, at, content, **headers):
    return browser.patch(
        address, content, content_type=OCTETS,
        headers=TUS | {"upload-offset": str(at)} | headers,
    )  # fmt: skip


def place(browser, address) -> int:
    return int(browser.head(address, headers=TUS)["Upload-Offset"])


def keep_all() -> None:
    """What the worker does with what arrived."""
    for upload in Upload.objects.filter(state="arrived"):
        keep_upload.func(str(upload.pk))


def test_pieces_become_versions_with_their_checksum(talk, speaker):
    content, cid = large_pdf(200_000), str(uuid.uuid4())
    sha256 = hashlib.sha256(content).hexdigest()
    made = begin(speaker, talk, len(content), cid=cid, sha256=sha256)
    assert (made.status_code, made["Upload-Offset"]) == (201, "0")
    address = made["Location"]
    assert begin(speaker, talk, len(content), cid=cid)["Location"] == address  # repeated
    assert begin(speaker, talk, 5, cid=cid).status_code == 409
    sent = piece(speaker, address, 0, content[:120_000])
    assert (sent.status_code, sent["Upload-Offset"]) == (204, "120000")
    assert "Upload-Expires" in sent
    assert piece(speaker, address, 0, content).status_code == 409  # not where it goes on
    assert place(speaker, address) == 120_000
    assert b"117.2" in speaker.get(address).content  # as a page, in KB
    hidden = {"x-http-method-override": "PATCH", "upload-offset": "120000"}
    last = speaker.post(address, content[120_000:], content_type=OCTETS, headers=TUS | hidden)
    assert (last.status_code, place(speaker, address)) == (204, len(content))
    keep_all()
    first = Material.objects.get()
    assert (first.sha256, first.number, first.brought_by) == (sha256, 1, talk.speakers.get().name)
    page = speaker.get(address).content.decode()
    assert sha256 in page

    other = pdf(1)
    newer, again = handed_in(talk, other), handed_in(talk, other)
    assert (newer.number, again) == (2, newer)
    versions = speaker.get(reverse("events:materials", args=[talk.edition.slug, talk.slug]))
    assert all(text in versions.content.decode() for text in (sha256, newer.sha256, "Version 2"))


def test_what_arrived_wrong_or_is_no_slides_is_refused_with_the_reason(talk, speaker):
    for content, sha256, reason in (
        (b"%PDF nonsense", "", "cannot be opened"),
        (pdf(1), "0" * 64, "is not what was sent"),
        (b"GIF89a", "", "not a PDF"),
    ):
        address = begin(speaker, talk, len(content), sha256=sha256)["Location"]
        piece(speaker, address, 0, content)
        keep_all()
        assert reason in speaker.get(address).content.decode()
    assert not Material.objects.exists()
    assert not list(Upload.objects.first().path.parent.iterdir())


@pytest.mark.parametrize(
    ("size", "headers", "said", "status"),
    [
        (300 * 2**20, {}, {}, 413),
        (0, {}, {}, 413),
        ("-1", {}, {}, 400),
        ("9" * 30, {}, {}, 400),
        (5, {"tus-resumable": "0.9"}, {}, 412),
        (5, {"upload-metadata": "kind !!!"}, {}, 400),
        (5, {}, {"kind": "exe"}, 400),
        (5, {}, {"kind": "other", "filename": "run.exe"}, 415),
        (5, {}, {"title": "a\x00b"}, 400),
        (5, {}, {"cid": "no"}, 400),
    ],
)
def test_what_cannot_arrive_is_refused_before_a_byte_is_sent(
    talk, speaker, size, headers, said, status
):
    assert begin(speaker, talk, size, headers, **said).status_code == status
    assert not Upload.objects.exists()


def test_limits_of_a_talk_of_a_person_and_of_the_disk(talk, speaker, settings):
    settings.UPLOAD_TALK_MB = 1
    assert begin(speaker, talk, 600_000).status_code == 201
    assert begin(speaker, talk, 600_000).status_code == 413  # together more than 1 MB
    settings.UPLOAD_TALK_MB = 10_000
    statuses = [begin(speaker, talk, 5).status_code for _ in range(uploads.MOST_AT_ONCE)]
    assert statuses == [201] * (uploads.MOST_AT_ONCE - 1) + [429]
    settings.UPLOAD_RESERVE_MB = 2**40
    other = TalkFactory(speakers=[talk.speakers.get()])
    full = begin(speaker, other, 5)
    assert full.status_code == 507
    assert "no room" in full.content.decode()


def test_only_who_began_goes_on_and_may_hand_in_still(talk, speaker, signed_in, client):
    address = begin(speaker, talk, 10)["Location"]
    assert piece(signed_in(registrar()), address, 0, b"x").status_code == 404
    assert piece(client, address, 0, b"x").status_code == 401
    assert begin(signed_in(professional()), talk, 10).status_code == 403
    assert Client().options(address)["Tus-Extension"] == "creation,expiration,termination"
    talk.speakers.clear()
    assert piece(speaker, address, 0, b"x").status_code == 403
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(registrar())
    assert begin(guarded, talk, 10).status_code == 403


def test_taken_back_abandoned_and_forgotten_files_leave_the_disk(talk, speaker):
    first, second, third = (begin(speaker, talk, 10)["Location"] for _ in range(3))
    for address in (first, second, third):
        piece(speaker, address, 0, b"12345")
    folder = Upload.objects.first().path.parent
    assert len(list(folder.iterdir())) == 3
    assert speaker.delete(first, headers=TUS).status_code == 204
    assert speaker.head(first, headers=TUS).status_code == 404
    assert speaker.post(second)["Location"] == talk.get_absolute_url()  # the page's button
    assert len(list(folder.iterdir())) == 1
    (folder / str(uuid.uuid4())).write_bytes(b"of a server that was killed")
    uploads.clean()
    assert [file.name for file in folder.iterdir()] == [third.split("/")[-2]]
    with time_machine.travel(timezone.now() + timedelta(hours=49)):
        uploads.clean()
    assert not list(folder.iterdir())
    assert not Upload.objects.exists()


def test_a_worker_takes_up_what_another_left(talk, speaker):
    content = pdf(1)
    address = begin(speaker, talk, len(content))["Location"]
    piece(speaker, address, 0, content)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert uploads.clean() == 1
    assert Material.objects.get().sha256 == hashlib.sha256(content).hexdigest()


def test_a_private_link_lets_a_guest_in_until_it_ends_or_is_revoked(talk, client, signed_in):
    keeper = signed_in(registrar())
    page = reverse("events:materials", args=[talk.edition.slug, talk.slug])
    links = reverse("events:make_link", args=[talk.edition.slug, talk.slug])
    for _time in range(2):  # sent twice
        assert keeper.post(links, {"cid": str(talk.guid)}).status_code == 302
    link = UploadLink.objects.get()
    address = link.get_absolute_url()
    assert address in keeper.get(page).content.decode()
    assert signed_in(talk.speakers.get()).post(links, {"cid": str(talk.guid)}).status_code == 403

    assert "No account is needed" in client.get(address).content.decode()
    handed = client.post(address, slides_form(pdf(1)))
    assert "is kept as version 1" in handed.content.decode()
    refused = client.post(address, slides_form(b"nothing", title="Mine"))
    assert refused.status_code == 422
    assert 'value="Mine"' in refused.content.decode()
    deck = pdf(3)
    upload = begin(client, talk, len(deck), address=f"{address}uploads/")["Location"]
    assert upload.startswith(address)
    piece(client, upload, 0, deck)
    keep_all()
    assert Material.objects.first().brought_by == link.name
    assert b"SHA-256" in client.get(upload).content

    assert client.get(f"{address[:-3]}x/").status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert client.get(address).status_code == 410
    late = begin(client, talk, 10, address=f"{address}uploads/")["Location"]
    keeper.post(reverse("events:revoke_link", args=[link.pk]))
    assert client.get(address).status_code == 410
    assert piece(client, late, 0, b"x").status_code == 410
    assert client.post(address, slides_form(pdf(2))).status_code == 410
    assert Material.objects.count() == 2


def test_files_of_other_kinds_stand_on_the_page_and_only_the_newest_is_for_readers(talk, signed_in):
    old = handed_in(talk, b"a,b", kind="other", title="numbers.csv")
    new = handed_in(talk, b"a,b,c", kind="other", title="numbers.csv")
    handed_in(talk, pdf(1), kind="paper", title="What we learnt")
    reader = signed_in(professional())
    page = reader.get(talk.get_absolute_url()).content.decode()
    assert "numbers.csv" in page
    assert "What we learnt" in page
    fetched = reader.get(reverse("events:download", args=[new.pk]))
    assert (fetched.getvalue(), fetched["Content-Type"]) == (b"a,b,c", "application/octet-stream")
    assert fetched["Content-Disposition"].startswith("attachment")
    assert reader.get(reverse("events:download", args=[old.pk])).status_code == 404
    speaker = signed_in(talk.speakers.get())
    assert speaker.get(reverse("events:download", args=[old.pk])).getvalue() == b"a,b"
    moved = reader.get(reverse("events:old_download", args=[new.pk]))
    assert moved["Location"] == reverse("events:download", args=[new.pk])


def test_the_materials_page_takes_the_same_queries_for_any_number(
    talk, speaker, django_assert_num_queries
):
    page = reverse("events:materials", args=[talk.edition.slug, talk.slug])
    for number in range(2):
        handed_in(talk, b"x" * (number + 1), kind="other", title=f"{number}.txt")
    speaker.get(page)
    with django_assert_num_queries(13):
        speaker.get(page)
    for number in range(2, 6):
        handed_in(talk, b"x" * (number + 1), kind="other", title=f"{number}.txt")
    with django_assert_num_queries(13):
        speaker.get(page)


def test_the_newest_request_takes_over_from_one_that_hangs(talk):
    upload = uploads.begin(
        talk, bringer=Bringer(by=talk.speakers.get()), kind="slides", title="T", name="t.pdf",
        size=12, cid=uuid.uuid4(),
    )  # fmt: skip

    class Hangs:
        """Gives six bytes; meanwhile the same sender comes back on another line."""

        parts = [b"abcdef", b"ghijkl"]

        def read(self, _size):
            if len(self.parts) == 1:
                uploads.receive(Upload.objects.get(), at=0, body=Whole())
            return self.parts.pop(0)

    class Whole:
        def read(self, size):
            return b"abcdefghijkl"[:size]

    with pytest.raises(uploads.OffsetError):
        uploads.receive(upload, at=0, body=Hangs())
    upload.refresh_from_db()
    assert (upload.state, upload.path.read_bytes()) == ("arrived", b"abcdefghijkl")


def test_the_licence_goes_with_the_material_by_every_way_in(talk, speaker):
    """Said with pieces, kept by a newer version that says none, changed where access is set."""
    content = pdf()
    answer = begin(
        speaker, talk, len(content), kind="slides", title="S", filename="s.pdf",
        licence="CC-BY-4.0",
    )  # fmt: skip
    piece(speaker, answer["Location"], 0, content)
    keep_all()
    resource = talk.resources.get()
    assert resource.licence == "CC-BY-4.0"
    address = reverse("events:upload", args=[talk.edition.slug, talk.slug])
    assert speaker.post(address, slides_form(pdf(2))).status_code == 302
    assert speaker.post(address, slides_form(pdf(3), licence="mine alone")).status_code == 422
    paper = slides_form(pdf(4), kind="paper", title="The paper", licence="CC0-1.0")
    assert speaker.post(address, paper).status_code == 302
    slides.cut(talk.slides.first())
    page = speaker.get(talk.get_absolute_url()).content.decode()
    assert "CC BY 4.0" in page
    assert "CC0 1.0" in page
    form = {"access": "public", "licence": "ask"}
    speaker.post(reverse("events:set_access", args=[resource.pk]), form)
    assert "ask its author before" in speaker.get(talk.get_absolute_url()).content.decode()
    assert talk.resources.get(kind="slides").versions.count() == 2
