"""Mails in the forms of many programs (mails/): each lands right or is answered, and only once.

The files hold placeholders for what a running site signs; expected.json says what becomes of
each: where it is posted and as what, or in which words it is refused. Mails to a pool wait
until their person opens the link; the test opens it, twice.
"""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import override_settings

from desk import services as desk
from desk.models import Request
from forums.models import Post
from forums.moving import merge
from notifications import services, tokens
from notifications.incoming import receive
from notifications.models import Bounce, IncomingMail, Mail
from tests.factories.desk import claimed, filed, service
from tests.factories.forums import pool, serving, topic
from tests.factories.moderation import restricted
from tests.factories.people import PersonFactory, professional

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent / "mails"
EXPECTED = json.loads((FOLDER / "expected.json").read_text("utf-8"))
DOMAIN = "mail.example.org"


def test_every_mail_has_an_expectation_and_there_are_enough():
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 150


@pytest.fixture(autouse=True)
def _domain(settings):
    settings.MAIL_DOMAIN = DOMAIN


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """Made once: every test leaves it as it was."""
    with django_db_blocker.unblock(), override_settings(MAIL_DOMAIN=DOMAIN), transaction.atomic():
        yield make_site()
        transaction.set_rollback(True)


def make_site() -> SimpleNamespace:
    """Topics and requests that mails are about, and the words that stand for them in the files."""
    me = professional(person=PersonFactory(name="Pema", email="pema@agency.example.org"))
    PersonFactory(name="Karma", email="karma@agency.example.org")
    net, srv = pool(), pool("SRV")
    service(srv, slug="hot-room", name="Data centre", description="A server room that is too hot.")
    silenced = restricted("silence", email="dorji@agency.example.org")
    suspended = restricted("suspend", email="sonam@agency.example.org")
    closed_account = PersonFactory(email="gone@agency.example.org", is_active=False)
    asked = topic(net, author=me)
    target, old = topic(net, title="Where it went"), topic(net, title="Old one")
    merge(old, into=target, by=serving(net))
    hidden = topic(pool("SEC", audience=("operators",)))
    waiting = claimed(net, requester=me)
    desk.move(waiting, "wait", by=waiting.claimed_by, note="When is the room open?")
    closed = filed(net, requester=me)
    desk.move(closed, "withdraw", by=me)
    services.notify(
        [me], event="post:1", title="New reply", reason="", url="/", thread=f"topic:{asked.pk}"
    )
    mail = Mail.objects.filter(person=me, event="post:1").get()

    def address(thread):
        return f"reply+{tokens.reply_token(thread, me.pk)}@{DOMAIN}"

    reply = address(f"topic:{asked.pk}")
    words = {
        "me": me.email,
        "ME": me.email.upper(),
        "colleague": "karma@agency.example.org",
        "reply": reply,
        "REPLY": reply.upper(),
        "token": tokens.reply_token(f"topic:{asked.pk}", me.pk),
        "moved": reply.replace(f"topic-{asked.pk}-", f"topic-{target.pk}-"),
        "mid": mail.message_id,
        "root": tokens.root_id(mail.thread),
        "bounce": f"bounce+{tokens.bounce_token(mail.pk)}@{DOMAIN}",
        "merged": address(f"topic:{old.pk}"),
        "hidden": address(f"topic:{hidden.pk}"),
        "gone": address("topic:987654321"),
        "waiting": address(f"request:{waiting.pk}"),
        "closed": address(f"request:{closed.pk}"),
        "silenced": silenced.email,
        "suspended": suspended.email,
        "closed_account": closed_account.email,
    }
    places = {"topic": asked, "merged": target, "request": waiting, "net": net, "srv": srv}
    before = Post.objects.count(), Request.objects.count()
    return SimpleNamespace(me=me, words=words, places=places, mail=mail, before=before)


def written() -> tuple[int, int]:
    return Post.objects.count(), Request.objects.count()


def raw_of(name: str, words: dict[str, str]) -> bytes:
    content = (FOLDER / f"{name}.eml").read_bytes()
    for word, value in words.items():
        content = content.replace(b"{{%s}}" % word.encode(), value.encode())
    return content


def filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace("{{" + word + "}}", value)
    return text


@pytest.mark.parametrize("name", EXPECTED)
def test_mail(site, name, client):
    expected, raw = EXPECTED[name], raw_of(name, site.words)
    first, again = receive(raw), receive(raw)
    assert (first.outcome, again.outcome) == (expected["outcome"], "ignored"), first
    assert again.url == first.url
    assert IncomingMail.objects.get().outcome == expected["outcome"]
    answers = Mail.objects.filter(kind=Mail.Kind.ANSWER)
    if expected.get("place") == "desk":
        check_filed(site, expected, first)
    elif expected["outcome"] == "posted":
        check_posted(site, expected, first.url)
        told = [expected["told"]] if "told" in expected else []
        assert len(answers) == len(told)
        assert all(words in mail.text for words, mail in zip(told, answers, strict=True))
    elif "title" in expected:
        assert written() == site.before
        check_confirmed(site, expected, client)
    else:
        assert expected["reason"] in first.reason
        assert written() == site.before
        assert answers.count() == (expected["outcome"] == "answered")
    assert Bounce.objects.count() == (
        expected["outcome"] == "bounced" and "not known" not in expected["reason"]
    )


def check_posted(site, expected: dict, url: str) -> None:
    place = site.places[expected["place"]]
    text = filled(expected["text"], site.words)
    if expected["place"] == "request":
        message = place.messages.get()
        assert (message.body, message.author) == (text, site.me)
        assert url == message.get_absolute_url()
        assert place.transitions.last().verb == "resume"
        return
    post = place.posts.order_by("number").last()
    assert (post.body, post.author) == (text, site.me)
    assert url == post.get_absolute_url()
    assert Post.objects.count() == site.before[0] + 1


def check_filed(site, expected: dict, result) -> None:
    request = Request.objects.get(title=expected["title"])
    assert (request.body, request.requester, request.pool) == (
        expected["text"],
        site.me,
        site.places[expected["pool"]],
    )
    assert (request.state, result.url) == ("new", request.get_absolute_url())
    assert expected["reason"] in result.reason
    receipt = Mail.objects.get(kind=Mail.Kind.ANSWER)
    assert (receipt.thread, receipt.address) == (f"request:{request.pk}", site.me.email)
    assert receipt.urgent
    assert request.receipt in receipt.text


def check_confirmed(site, expected: dict, client) -> None:
    """The link goes to the address on record, shows the text, and posts once."""
    mail = Mail.objects.get(kind=Mail.Kind.ANSWER)
    assert mail.address == site.me.email
    link = re.search(r"/notices/confirm/\S+", mail.text)[0]
    page = client.get(link).content.decode()
    assert expected["title"] in page
    assert written() == site.before
    for _twice in range(2):
        assert client.post(link, {"act": "post"}).status_code == 200
    posts, requests = site.before
    pool = site.places[expected["pool"]]
    if "desk" in expected:
        assert written() == (posts, requests + 1)
        made = pool.requests.get(title=expected["title"])
        assert (made.body, made.requester) == (expected["text"], site.me)
        return
    assert written() == (posts + 1, requests)
    made = pool.topics.get(title=expected["title"])
    assert (made.posts.get().body, made.asker) == (expected["text"], site.me)


def test_the_same_words_again_with_another_message_id_are_posted_once(site):
    raw = raw_of("gmail-nothing-quoted", site.words)
    assert receive(raw).outcome == "posted"
    resent = raw.replace(b"<gmail-nothing-quoted.", b"<resent.")
    received = b"Received: from relay.example.org by mx.example.org\r\n"
    assert receive(received + resent).outcome == "ignored"
    assert Post.objects.count() == site.before[0] + 1


def test_the_same_words_at_another_time_are_another_reply(site):
    raw = raw_of("gmail-nothing-quoted", site.words)
    receive(raw)
    later = raw.replace(b"<gmail-nothing-quoted.", b"<later.").replace(b"+0600", b"+0700")
    assert receive(later).outcome == "posted"


def test_ten_megabytes_are_read(site):
    raw = raw_of("attached-log", site.words)
    big = raw.replace(b"Nov 23 no free leases", b"Nov 23 no free leases\r\n" * 450_000)
    assert len(big) > 10_000_000
    assert receive(big).outcome == "posted"


def test_ten_megabytes_of_html_are_answered(site):
    raw = raw_of("html-never-closed", site.words)
    result = receive(raw.replace(b"<p>everywhere", b"<p>everywhere <!-- > " * 500_000))
    assert result.outcome in {"answered", "posted"}


def test_more_than_is_read_at_all_is_answered(site):
    raw = raw_of("gmail-nothing-quoted", site.words) + b"x" * 27_000_000
    result = receive(raw)
    assert (result.outcome, "larger than 25 MB" in result.reason) == ("answered", True)


@pytest.mark.parametrize(("name", "answers"), [("stranger", 1), ("known-sender-new-mail", 5)])
def test_nobody_is_answered_for_ever(site, name, answers):
    raw = raw_of(name, site.words)
    outcomes = [
        receive(
            raw.replace(b"Message-ID: <", b"Message-ID: <s%d." % number).replace(
                b"+0600", b"+0%d00" % number
            )
        )
        for number in range(1, 8)
    ]
    assert [each.outcome for each in outcomes] == ["answered"] * answers + ["ignored"] * (
        7 - answers
    )
