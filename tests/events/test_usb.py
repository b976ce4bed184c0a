"""A conference on a stick: plain pages, what its readers may read, checksums, only what changed."""

import hashlib
import json
import re
import subprocess
import uuid
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from lxml import html

from events import discussing, handing_in, slides
from events.models import Bundle, Correction, Tier
from events.storage import private_files
from events.transcripts import correct
from events.usb.services import make_wanted
from people.models import Audience
from tests.factories.events import EditionFactory, TalkFactory, handed_in, pdf
from tests.factories.live import ask, do, make_pool, make_session
from tests.factories.people import professional, registrar

pytestmark = pytest.mark.django_db
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(200)
VTT = "WEBVTT\n\n00:01.000 --> 00:04.000\nNobody in the <i>gewog</i> waits, ཐིམ་ཕུག།\n"


@pytest.fixture
def edition():
    return EditionFactory(intro="Two days on **services**.")


@pytest.fixture
def talk(edition):
    """A talk with all that an edition can hold, and beside it what it must not hold."""
    pool = make_pool()
    talk = TalkFactory(
        edition=edition, title="Lines <& power>", speakers=[professional()], pool=pool
    )
    slides.cut(handed_in(talk, pdf(3)))
    recording = handed_in(talk, MP4, kind="recording", title="r.mp4")
    tier = Tier(material=recording, name="240p", size=4)
    tier.file.save("240p.mp4", ContentFile(b"low!"))
    handed_in(talk, VTT.encode(), kind="transcript", title="t.vtt")
    handed_in(talk, b"a,b\n", kind="other", title="Readings.csv")
    secret = handed_in(talk, b"SECRET", kind="other", title="Staff.csv")
    speaker = talk.speakers.get()
    handing_in.set_access(secret.resource, access="staff", from_day=None, licence="", by=speaker)
    session = make_session(about=talk.get_absolute_url(), pool=pool, title="Asked at it")
    number = ask(session, body="How long do batteries last?")
    do(session, session.host, "mod.answered", q=number, rev=1, how="live", timecode=5)
    do(session, session.host, "sess.close")
    discussing.set_start(talk, session, second=60, by=talk.speakers.get())
    hidden = make_session(about=talk.get_absolute_url(), pool=pool, audience="heads")
    ask(hidden, body="A SECRET question?")
    do(hidden, hidden.host, "sess.close")
    TalkFactory(edition=edition, title="SECRET talk", audience=Audience.objects.of("heads"))
    return talk


def stick(edition, folder: Path, **options) -> dict:
    call_command("usb_edition", edition.slug, to=folder, as_json=True, **options)
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def test_a_stick_has_what_its_readers_may_read_and_every_link_leads_somewhere(
    edition, talk, tmp_path
):
    files = stick(edition, tmp_path)
    page = f"talks/{talk.slug}.html"
    for name in ("slides.pdf", "slide-003.webp", "recording.mp4", "transcript.vtt"):
        assert f"files/{talk.slug}/{name}" in files
    assert (tmp_path / f"files/{talk.slug}/recording.mp4").read_bytes() == b"low!"
    for path in files.values():
        assert b"SECRET" not in path.read_bytes(), path
    text = files[page].read_text("utf-8")
    for words in ("Lines &lt;&amp; power&gt;", "Nobody in the gewog", "batteries last", "1:05"):
        assert words in text
    for name in [name for name in files if name.endswith(".html")]:
        document = html.fromstring(files[name].read_bytes())
        ids = {element.get("id") for element in document.iter() if element.get("id")}
        for link in document.xpath("//@href | //@src"):
            parts = urlsplit(link)
            assert (parts.scheme, parts.netloc) == ("", ""), link
            assert not link.startswith("/"), link
            if parts.path:
                target = (files[name].parent / unquote(parts.path)).resolve()
                assert target.is_file(), link
            else:
                assert parts.fragment in ids, link
    script = files["search-list.js"].read_text("utf-8")
    entries = json.loads(script.removeprefix("window.ENTRIES = ").removesuffix(";\n"))
    assert [f"{page}#cue-1000", "Nobody in the gewog waits, ཐིམ་ཕུག།"] in [
        entry[1:] for entry in entries
    ]
    for _title, address, _words in entries:
        path, _sign, fragment = address.partition("#")
        assert not fragment or f'id="{fragment}"' in files[path].read_text("utf-8")
    for style in (path for name, path in files.items() if name.endswith(".css")):
        for found in re.findall(r'url\("([^"]+)"\)', style.read_text("utf-8")):
            assert (style.parent / found).is_file(), found
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=False
    )
    assert checked.returncode == 0
    listed = {line.split("  ")[1] for line in files["SHA256SUMS"].read_text().splitlines()}
    assert listed == files.keys() - {"SHA256SUMS"}


def test_a_second_run_writes_what_changed_and_removes_what_is_gone(edition, talk, tmp_path, capsys):
    def run() -> dict:
        capsys.readouterr()
        stick(edition, tmp_path)
        return json.loads(capsys.readouterr().out)

    (tmp_path / "of-the-centre.txt").write_text("theirs")
    first = run()
    assert first["written"] == first["files"]
    assert run() | {"written": 0, "removed": 0} == run()
    (tmp_path / f"files/{talk.slug}/slides.pdf").unlink()
    talk.title = "Lines & more"
    talk.save()
    assert run()["written"] == 4  # the PDF; the talk, the index, the list of the search
    talk.resources.get(title="Readings.csv").delete()
    report = run()
    assert (report["written"], report["removed"]) == (1, 1)
    assert not (tmp_path / f"files/{talk.slug}/talk-readings-csv.csv").exists()
    assert (tmp_path / "of-the-centre.txt").read_text() == "theirs"


def test_the_worker_makes_what_is_wanted_once_per_change(edition, talk, signed_in):
    keeper, reader = signed_in(registrar()), signed_in(professional())
    address = reverse("events:usb", args=[edition.slug])
    assert reader.get(address).status_code == 403
    assert address in keeper.get(edition.get_absolute_url()).content.decode()
    assert make_wanted() == 0  # nobody wants one
    assert keeper.post(address, {"audience": "public"}).status_code == 422  # not all may know
    for _time in range(2):
        assert keeper.post(address, {"audience": "everyone"}).status_code == 302
    row = Bundle.objects.get()
    fetch = reverse("events:usb_zip", args=[row.pk])
    assert "is being made" in keeper.get(address).content.decode()
    assert keeper.get(fetch)["Location"] == address  # not made yet
    assert [make_wanted(), make_wanted()] == [1, 0]
    first = b"".join(keeper.get(fetch).streaming_content)
    assert reader.get(fetch).status_code == 403
    cue = handing_in.newest_of(talk.resources.filter(kind="transcript")).get().cues.get()
    correct(cue, text="No one waits.", by=talk.speakers.get(), cid=uuid.uuid4())
    assert Correction.objects.get().state == "taken"
    assert keeper.get(fetch).status_code == 302  # of other content: given to nobody
    assert "something has changed" in keeper.get(address).content.decode()
    assert [make_wanted(), make_wanted()] == [1, 0]
    row.refresh_from_db()
    with zipfile.ZipFile(private_files().path(row.file.name)) as archive:
        assert "No one waits." in archive.read(f"talks/{talk.slug}.html").decode()
        sums = dict(
            line.split("  ")[::-1] for line in archive.read("SHA256SUMS").decode().splitlines()
        )
        for name, digest in sums.items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    Bundle.objects.update(fingerprint="")
    path = Path(private_files().path(row.file.name))
    again = path.read_bytes()
    assert make_wanted() == 1
    assert path.read_bytes() == again != first  # the same content, the same ZIP
    assert keeper.post(reverse("events:drop_usb", args=[row.pk])).status_code == 302
    assert not private_files().exists(row.file.name)
    assert not Bundle.objects.exists()


def test_a_conference_is_not_written_for_those_who_may_not_know_of_it(edition, tmp_path):
    with pytest.raises(CommandError, match="may know"):
        stick(edition, tmp_path, audience="public")
    with pytest.raises(CommandError, match="no conference"):
        call_command("usb_edition", "none", to=tmp_path)
