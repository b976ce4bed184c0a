"""New questions and requests by mail: the link, who may use it, and what keeps the rates."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from django.core import mail as outbox
from django.db import connection
from django.utils import timezone

from desk.models import Request
from forums.models import ExpertPool, Topic
from moderation import limits
from notifications import outbox as mails
from notifications.incoming import receive
from notifications.models import IncomingMail, Mail, Notice
from notifications.opening import confirm, drop_unopened
from notifications.tokens import confirm_token
from tests.factories.forums import pool, serving
from tests.factories.people import PersonFactory, professional, registrar
from tests.races import at_once, errors

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _domain(settings):
    settings.MAIL_DOMAIN = "mail.example.org"


@pytest.fixture
def me():
    return professional(person=PersonFactory(name="Pema", email="pema@agency.example.org"))


@pytest.fixture
def net() -> ExpertPool:
    return pool()


def letter(to="pool-net", number=1, subject="Which switch has the most ports?", head=""):
    return (
        f"From: pema@agency.example.org\r\nTo: {to}@mail.example.org\r\nSubject: {subject}\r\n"
        f"Date: Mon, 23 Nov 2026 10:00:{number:02d} +0600\r\n{head}"
        f"Message-ID: <o{number}@agency.example.org>\r\n\r\nForty desks, one rack.\r\n"
    ).encode()


def link_of(row: IncomingMail) -> str:
    return f"/notices/confirm/{confirm_token(row.pk)}/"


@pytest.fixture
def held(me, net) -> IncomingMail:
    assert receive(letter()).outcome == "held"
    return IncomingMail.objects.get()


def test_only_the_link_opens_it_and_looking_at_it_posts_nothing(held, client, signed_in):
    assert Notice.objects.count() == 0  # nobody has to look at it
    browser = signed_in(registrar())
    assert "Forty desks" not in browser.get("/notices/mails/").content.decode()
    assert browser.post(f"/notices/mails/{held.pk}/decide/", {"act": "accept"}).status_code == 404
    assert client.get(f"/notices/confirm/{held.pk}:forged/").status_code == 404
    client.get(link_of(held))
    assert not Topic.objects.exists()


def test_what_is_not_from_its_person_is_dropped_for_good(held, client):
    client.post(link_of(held), {"act": "drop"})
    page = client.post(link_of(held), {"act": "post"}).content.decode()
    assert "It was dropped" in page
    held.refresh_from_db()
    assert (held.outcome, held.text, Topic.objects.count()) == ("refused", "", 0)


def test_the_pool_hears_of_it_when_it_is_posted_and_not_before(held, net, client):
    expert = serving(net)
    assert not expert.notices.exists()
    page = client.post(link_of(held), {"act": "post"}).content.decode()
    made = Topic.objects.get()
    assert made.get_absolute_url() in page
    assert expert.notices.in_app().get().url.startswith(made.get_absolute_url())


def test_a_link_holds_seven_days(held, client):
    assert drop_unopened() == 0
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        assert client.post(link_of(held), {"act": "post"}).status_code == 404
        assert (drop_unopened(), drop_unopened()) == (1, 0)
        assert receive(letter()).outcome == "ignored"  # it is still known
    held.refresh_from_db()
    assert (held.outcome, held.text, Topic.objects.count()) == ("refused", "", 0)


def test_what_can_no_longer_be_posted_says_why(held, me, net, client):
    ExpertPool.objects.filter(pk=net.pk).update(live=False)
    response = client.post(link_of(held), {"act": "post"})
    assert response.status_code == 409
    assert "No pool has the address" in response.content.decode()
    assert "Forty desks" in response.content.decode()
    ExpertPool.objects.filter(pk=net.pk).update(live=True)
    me.is_active = False
    me.save()
    assert client.post(link_of(held), {"act": "post"}).status_code == 409
    assert not Topic.objects.exists()


def test_the_rate_of_topics_holds_for_questions_by_mail(me, net, client, monkeypatch):
    monkeypatch.setitem(limits.RATES, "topic", limits.Rate(timedelta(hours=1), 1))
    rows = []
    for number in (1, 2):
        receive(letter(number=number, subject=f"Which switch, number {number}?"))
        rows.append(IncomingMail.objects.get(message_id=f"<o{number}@agency.example.org>"))
    assert client.post(link_of(rows[0]), {"act": "post"}).status_code == 200
    late = client.post(link_of(rows[1]), {"act": "post"})
    assert (late.status_code, "Retry-After" in late) == (429, True)
    assert Topic.objects.count() == 1
    rows[1].refresh_from_db()
    assert (rows[1].outcome, rows[1].text) == ("held", "Forty desks, one rack.")


def test_nobody_is_asked_for_ever_whose_address_others_use(me, net):
    outcomes = [str(receive(letter(number=number)).outcome) for number in range(1, 8)]
    assert outcomes == ["held"] * 5 + ["ignored"] * 2


def test_requests_by_mail_keep_their_rate_and_each_has_its_receipt(me, net):
    subject = "The printer prints nothing, {}"
    results = [receive(letter("desk", number, subject.format(number))) for number in range(1, 9)]
    assert [str(each.outcome) for each in results] == ["posted"] * 6 + ["answered"] * 2
    assert "faster than one person may file" in results[-1].reason
    assert (Request.objects.count(), Mail.objects.exclude(thread="").count()) == (6, 6)


def test_a_reply_to_the_receipt_lands_in_the_request(me, net, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    receive(letter("desk"))
    mails.deliver()
    receipt = outbox.outbox[0]
    made = Request.objects.get()
    assert made.receipt in receipt.body
    answer = letter(receipt.reply_to[0].partition("<")[2].partition("@")[0], 2, "Re: printer")
    assert receive(answer).outcome == "posted"
    assert [row.body for row in made.messages.all()] == ["Forty desks, one rack."]
    assert Request.objects.count() == 1


def test_the_history_of_a_request_says_that_it_came_by_mail(me, net, signed_in):
    receive(letter("desk"))
    made = Request.objects.get()
    assert "by mail" in signed_in(me).get(made.get_absolute_url()).content.decode()
    assert made.transitions.get().note == "by mail"


def test_pages_name_their_addresses_where_mail_comes_in(me, net, signed_in, settings):
    browser = signed_in(me)
    assert "pool-net@mail.example.org" in browser.get(net.address).content.decode()
    assert "desk@mail.example.org" in browser.get("/desk/file/").content.decode()
    settings.MAIL_DOMAIN = ""
    assert "mailto:" not in browser.get(net.address).content.decode()


@pytest.mark.postgresql
@pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_of_one_link_opened_many_times_at_once_one_question_comes(held):
    results = at_once([lambda: confirm(held, own=True)] * 10)
    assert errors(results) == []
    assert Topic.objects.count() == 1


# --- Files that come with it ------------------------------------------------------------------

LOG = b"13:58 port 7 down"


def with_files(*files: tuple[str, bytes], to="pool-net") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "pema@agency.example.org", f"{to}@mail.example.org"
    message["Subject"] = "Which switch has the most ports?"
    message["Date"], message["Message-ID"] = "Mon, 23 Nov 2026 10:00:00 +0600", "<f@example.org>"
    message.set_content("Forty desks, one rack.")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_files_wait_with_a_held_question_and_are_posted_with_it(me, net, client):
    mail = with_files(("ལོག switch.log", LOG), ("tool.exe", b"MZ\x00\x01"))
    assert [receive(mail).outcome for _again in range(2)] == ["held", "ignored"]
    row = IncomingMail.objects.get()
    said = Mail.objects.get(kind="answer").text
    assert "1 file came with it." in said
    assert "tool.exe is neither a picture" in said
    waiting = row.files.get()
    storage, kept = waiting.file.storage, waiting.file.name
    assert "ལོག switch.log" in client.get(link_of(row)).content.decode()
    for _again in range(2):
        client.post(link_of(row), {"act": "post"})
    file = Topic.objects.get().posts.get().attachments.get()
    assert (file.name, file.by) == ("ལོག switch.log", me)
    with file.file.open("rb") as opened:
        assert opened.read() == LOG
    assert not row.files.exists()
    assert storage.exists(kept)  # until the transaction is over


@pytest.mark.parametrize("drop", ["by its person", "by nobody"])
def test_files_of_a_question_that_is_not_opened_go(
    me, net, client, drop, django_capture_on_commit_callbacks
):
    receive(with_files(("switch.log", LOG)))
    row = IncomingMail.objects.get()
    waiting = row.files.get().file
    later = timezone.now() + timedelta(days=8)
    with django_capture_on_commit_callbacks(execute=True):
        if drop == "by its person":
            client.post(link_of(row), {"act": "drop"})
        else:
            with time_machine.travel(later, tick=False):
                drop_unopened()
    assert not row.files.exists()
    assert not waiting.storage.exists(waiting.name)
    assert not Topic.objects.exists()


def test_files_of_a_mailed_request_are_kept_as_on_the_page(me, net, signed_in):
    files = [(f"{number}.log", b"line %d" % number) for number in range(3)]
    result = receive(with_files(*files, ("tool.exe", b"MZ\x00\x01"), to="desk-net"))
    assert result.outcome == "posted"
    assert "3 files came with it. tool.exe is neither a picture" in result.reason
    asked = Request.objects.get()
    assert [row.name for row in asked.files.all()] == ["0.log", "1.log", "2.log"]
    row = asked.files.first()
    answer = signed_in(me).get(f"/desk/files/{row.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content) == b"line 0"
