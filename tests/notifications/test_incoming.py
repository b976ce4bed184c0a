"""The ways in for a mail, and what happens with those that are held."""

import io
import json
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from forums.models import Post
from notifications.incoming import receive
from notifications.models import IncomingMail, Mail
from notifications.tokens import reply_token
from tests.factories.desk import filed
from tests.factories.forums import topic
from tests.factories.people import PersonFactory, professional, registrar
from tests.notifications.imap import Mailbox, serving
from tests.races import at_once, errors

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _domain(settings):
    settings.MAIL_DOMAIN = "mail.example.org"


@pytest.fixture
def asked():
    person = professional(person=PersonFactory(email="pema@agency.example.org"))
    return topic(author=person)


def mail_to(asked, *, sender="pema@agency.example.org", number=1, text="It works."):
    token = reply_token(f"topic:{asked.pk}", asked.asker_id)
    return (
        f"From: {sender}\r\nTo: reply+{token}@mail.example.org\r\nSubject: Re: it [{token}]\r\n"
        f"Date: Mon, 23 Nov 2026 10:00:0{number} +0600\r\n"
        f"Message-ID: <m{number}@agency.example.org>\r\n\r\n{text}\r\n"
    ).encode()


def replies(asked):
    return list(asked.posts.filter(number__gt=1).values_list("body", flat=True))


# --- Commands ---------------------------------------------------------------------------------


def run(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


def test_a_mail_comes_in_by_the_pipe_of_a_mail_server(asked, monkeypatch, capsys):
    stdin = io.TextIOWrapper(io.BytesIO(mail_to(asked)))
    monkeypatch.setattr(sys, "stdin", stdin)
    told = json.loads(run(capsys, "receive_mail", "--json"))
    assert told == {
        "outcome": "posted",
        "reason": "Posted as your reply.",
        "url": Post.objects.get(number=2).get_absolute_url(),
    }
    assert replies(asked) == ["It works."]


def test_a_mail_comes_in_from_a_file(asked, tmp_path, capsys):
    path = tmp_path / "mail.eml"
    path.write_bytes(mail_to(asked))
    assert run(capsys, "receive_mail", str(path)).startswith("posted  /forum/")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("receive_mail", str(tmp_path / "none.eml"))


@pytest.fixture
def mailbox(settings):
    box = Mailbox("commons", "secret/word")
    with serving(box) as port:
        settings.MAIL_IN_URL = f"imap://commons:secret%2Fword@127.0.0.1:{port}/INBOX"
        yield box


def test_a_mailbox_is_emptied_and_each_mail_seen_once(asked, mailbox, capsys):
    mailbox.mails = [mail_to(asked, number=n, text=f"Mail {n}") for n in (1, 2)]
    mailbox.mails.append(mail_to(asked, number=1))
    told = json.loads(run(capsys, "fetch_mail", "--json"))
    assert told["counts"] == {"posted": 2, "ignored": 1}
    assert replies(asked) == ["Mail 1", "Mail 2"]
    assert mailbox.seen == {1, 2, 3}
    assert json.loads(run(capsys, "fetch_mail", "--json"))["mails"] == []


def test_a_line_that_breaks_costs_nothing_and_doubles_nothing(asked, mailbox):
    mailbox.mails = [mail_to(asked)]
    mailbox.hangs_up_after = 7  # at the mark that the mail was seen
    with pytest.raises(CommandError):
        call_command("fetch_mail")
    assert (replies(asked), mailbox.seen) == (["It works."], set())
    mailbox.hangs_up_after = 0
    call_command("fetch_mail")
    assert (replies(asked), mailbox.seen) == (["It works."], {1})


@pytest.mark.parametrize(
    ("url", "code"),
    [("", 2), ("pop3://host", 1), ("imap://commons:wrong@127.0.0.1:{port}/INBOX", 1)],
)
def test_a_mailbox_that_cannot_be_read_is_named(mailbox, settings, url, code):
    port = settings.MAIL_IN_URL.rpartition(":")[2].partition("/")[0]
    settings.MAIL_IN_URL = url.format(port=port)
    with pytest.raises(CommandError) as refused:
        call_command("fetch_mail")
    assert refused.value.returncode == code


# --- Held mails -------------------------------------------------------------------------------


@pytest.fixture
def held(asked):
    assert receive(mail_to(asked, sender="home@post.example.com")).outcome == "held"
    return IncomingMail.objects.get()


def decide(browser, held, act):
    return browser.post(f"/notices/mails/{held.pk}/decide/", {"act": act})


def test_a_held_mail_is_posted_by_a_registrar_once(asked, signed_in):
    keeper = registrar()
    receive(mail_to(asked, sender="home@post.example.com"))
    held = IncomingMail.objects.get()
    assert keeper.notices.unread().get().url == "/notices/mails/"
    browser = signed_in(keeper)
    page = browser.get("/notices/mails/").content.decode()
    assert "It works." in page
    assert reply_token(f"topic:{asked.pk}", asked.asker_id) not in page
    for _twice in range(2):
        decide(browser, held, "accept")
    assert replies(asked) == ["It works."]
    held.refresh_from_db()
    assert (held.outcome, held.text, held.decided_by) == ("posted", "", keeper)


def test_a_held_mail_is_refused(asked, held, signed_in):
    browser = signed_in(registrar())
    decide(browser, held, "refuse")
    decide(browser, held, "accept")
    assert replies(asked) == []
    assert "It works." not in browser.get("/notices/mails/").content.decode()


def test_only_registrars_decide(asked, held, signed_in):
    assert decide(signed_in(asked.asker), held, "accept").status_code == 403
    assert replies(asked) == []


# --- Many at once -----------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.usefixtures("django_db_serialized_rollback", "transactional_db")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_of_one_mail_that_comes_many_times_at_once_one_is_posted(asked):
    raw = mail_to(asked)
    results = at_once([lambda: receive(raw)] * 20)
    assert errors(results) == []
    assert sorted(str(each.outcome) for each in results) == ["ignored"] * 19 + ["posted"]
    assert replies(asked) == ["It works."]


# --- Files of a reply ---------------------------------------------------------------------------


LOGO = b"GIF89a" + bytes(500)


def with_files(raw: bytes, *files: tuple[str, bytes], logo: bytes = b"") -> bytes:
    bare = message_from_bytes(raw, policy=policy.SMTP)
    message = EmailMessage(policy=policy.SMTP)
    for name, value in bare.items():
        message[name] = value
    message.set_content(bare.get_content())
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    if logo:
        message.add_attachment(
            logo, maintype="image", subtype="gif", filename="logo.gif", cid="<logo>"
        )
    return message.as_bytes()


def test_files_of_a_reply_are_kept_and_its_writer_hears_what_was_not(asked):
    mail = with_files(mail_to(asked), ("switch.log", b"port 7 down"), ("tool.exe", b"MZ\x00\x01"))
    result = receive(mail)
    assert result.outcome == "posted"
    assert "1 file came with it. tool.exe is neither a picture" in result.reason
    assert [file.name for file in asked.posts.get(number=2).attachments.all()] == ["switch.log"]
    told = Mail.objects.get(kind="answer")
    assert "tool.exe is neither a picture" in told.text
    assert result.url in told.text


def test_the_logo_of_a_signature_is_no_file_of_the_reply(asked):
    result = receive(with_files(mail_to(asked), ("switch.log", b"port 7 down"), logo=LOGO))
    assert result.reason == "Posted as your reply. 1 file came with it."
    assert not Mail.objects.filter(kind="answer").exists()


def test_files_of_a_held_reply_wait_and_are_posted_with_it(asked, signed_in):
    raw = mail_to(asked, sender="home@post.example.com")
    assert receive(with_files(raw, ("switch.log", b"port 7 down"))).outcome == "held"
    row = IncomingMail.objects.get()
    assert [file.name for file in row.files.all()] == ["switch.log"]
    for _again in range(2):
        decide(signed_in(registrar()), row, "accept")
    assert [file.name for file in asked.posts.get(number=2).attachments.all()] == ["switch.log"]
    assert not row.files.exists()


def test_files_of_a_reply_to_a_request_are_at_the_request(asked):
    person = asked.asker
    request = filed(asked.pool, requester=person)
    token = reply_token(f"request:{request.pk}", person.pk)
    other = reply_token(f"topic:{asked.pk}", person.pk)
    raw = mail_to(asked).replace(other.encode(), token.encode())
    result = receive(with_files(raw, ("switch.log", b"port 7 down")))
    assert result.outcome == "posted"
    assert [(file.name, file.by) for file in request.files.all()] == [("switch.log", person)]
