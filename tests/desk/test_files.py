"""Files at requests: sent with one, added, fetched by its readers, taken away."""

import uuid
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile as Upload
from django.urls import reverse

from desk import services
from desk.models import Request, RequestFile
from tests.factories.desk import claimed, filed
from tests.factories.forums import pool, serving
from tests.factories.people import OrganisationFactory, professional

pytestmark = pytest.mark.django_db
LOG = b"<script>alert(1)</script> link down"


def send(client, net, *files, **said):
    form = {
        "pool": net.pk,
        "title": "Measure the wireless",
        "body": "It drops at noon.",
        "urgency": "normal",
        "cid": str(uuid.uuid4()),
        "attached": list(files),
    }
    return client.post(reverse("desk:file"), form | said)


def add(client, asked, *files):
    return client.post(reverse("desk:files", args=[asked.pk]), {"attached": list(files)})


def test_a_log_comes_with_the_request_once_and_is_sent_as_a_text(signed_in):
    net, asker = pool(), professional()
    client, cid = signed_in(asker), str(uuid.uuid4())
    for _again in range(2):
        assert send(client, net, Upload("switch.log", LOG), cid=cid).status_code == 302
    row = RequestFile.objects.get()
    page = signed_in(serving(net)).get(row.request.get_absolute_url()).content.decode()
    assert "switch.log" in page
    answer = client.get(reverse("desk:request_file", args=[row.pk]))
    assert b"".join(answer.streaming_content) == LOG
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_file_that_is_not_taken_files_nothing_and_the_text_stays(signed_in):
    client = signed_in(professional())
    answer = send(client, pool(), Upload("tool.exe", b"MZ\x00\x01\x02"))
    page = answer.content.decode()
    assert (answer.status_code, Request.objects.count()) == (422, 0)
    assert "neither a picture" in page
    assert "It drops at noon." in page
    assert "must be chosen again" in page


def test_chosen_files_stay_through_preview_and_errors_and_go_with_the_request(signed_in):
    net, asker = pool(), professional()
    client, cid = signed_in(asker), str(uuid.uuid4())
    log, other = Upload("switch.log", LOG), Upload("other.log", b"up again")
    page = send(client, net, log, other, cid=cid, preview="1").content.decode()
    assert [name in page for name in ("switch.log", "other.log")] == [True, True]
    two = [Upload("a.txt", b"a"), Upload("b.exe", b"MZ\x00")]
    wrong = send(client, net, *two, cid=cid, base="1", body="")
    page = wrong.content.decode()
    assert wrong.status_code == 422
    assert "b.exe is neither a picture" in page
    assert [name in page for name in ("switch.log", "other.log", "a.txt")] == [True, True, True]
    draft = asker.drafts.get()
    kept = {row.name: row for row in draft.attachments.all()}
    assert set(kept) == {"switch.log", "other.log", "a.txt"}
    for _again in range(2):
        answer = send(client, net, Upload("c.txt", b"c"), cid=cid, drop=[kept["other.log"].pk])
        assert answer.status_code == 302
    asked = Request.objects.get()
    assert sorted(asked.files.values_list("name", flat=True)) == ["a.txt", "c.txt", "switch.log"]
    row = asked.files.get(name="switch.log")
    answer = client.get(reverse("desk:request_file", args=[row.pk]))
    assert b"".join(answer.streaming_content) == LOG
    assert not asker.drafts.exists()


def test_kept_files_come_again_with_the_draft(signed_in):
    net, asker = pool(), professional()
    client, cid = signed_in(asker), str(uuid.uuid4())
    assert send(client, net, Upload("switch.log", LOG), cid=cid, keep="1").status_code == 302
    page = client.get(reverse("desk:file"), {"draft": cid}).content.decode()
    assert "switch.log" in page
    assert "It drops at noon." in page


def test_both_sides_add_and_the_other_one_hears(signed_in):
    asked = claimed()
    browsers = [signed_in(asked.requester), signed_in(asked.claimed_by)]
    for number, browser in enumerate(browsers):
        add(browser, asked, Upload(f"{number}.log", f"line {number}".encode()))
    for person in (asked.requester, asked.claimed_by):
        event = f"request:{asked.pk}:file:"
        assert person.notices.in_app().filter(event__startswith=event).count() == 1
    for _again in range(2):
        many = [Upload(f"{number}.txt", str(number).encode()) for number in range(8)]
        assert add(browsers[0], asked, *many).status_code == 302
    more = [Upload(f"{number}.txt", f"more {number}".encode()) for number in range(8)]
    add(browsers[0], asked, *more)
    assert (
        add(browsers[0], asked, *[Upload(f"z{n}", f"z{n}".encode()) for n in range(3)]).status_code
        == 422
    )
    assert asked.files.count() == 18


def test_who_reads_the_request_fetches_and_who_has_a_part_adds(
    signed_in, django_capture_on_commit_callbacks
):
    agency = OrganisationFactory()
    asker, colleague = (professional(organisation=agency) for _each in range(2))
    asked = filed(requester=asker)
    add(signed_in(asker), asked, Upload("a.log", b"line"))
    row = asked.files.get()
    url = reverse("desk:request_file", args=[row.pk])
    away = reverse("desk:detach", args=[row.pk])
    read = signed_in(colleague).get(url)
    assert b"".join(read.streaming_content) == b"line"
    assert add(signed_in(colleague), asked, Upload("b.log", b"b")).status_code == 403
    assert signed_in(colleague).post(away).status_code == 403
    for path in (url, away, reverse("desk:files", args=[asked.pk])):
        assert signed_in(professional()).post(path).status_code in (404, 405)
    services.move(asked, "withdraw", by=asker, note="Mended.")
    assert add(signed_in(asker), asked, Upload("b.log", b"b")).status_code == 403
    kept = Path(row.file.path)
    assert kept.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert signed_in(serving(asked.pool)).post(away).status_code == 302
    assert not RequestFile.objects.exists()
    assert not kept.exists()
