"""From a delivered request to a redacted question and answer; what redaction takes out."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from competencies.models import Evidence
from desk.models import SharedAnswer
from desk.redaction import Redactor
from forums.models import Topic
from tests.factories.desk import delivered, in_work
from tests.factories.forums import serving
from tests.factories.people import OrganisationFactory, PersonFactory, professional

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Write to kinley@moh.gov.bt.", "Write to [mail 1]."),
        ("Call 17612345 or +975 2 322 123", "Call [phone 1] or [phone 2]"),
        ("Call 17 61 23 45, 02 322123", "Call [phone 1], [phone 2]"),
        ("10.0.4.17/24 and 10.0.4.17/24 to 10.0.4.1", "[IP 1] and [IP 1] to [IP 2]"),
        ("fe80::1 at 10:15:30", "[IP 1] at 10:15:30"),
        ("2001:db8::7/64", "[IP 1]"),
        ("00:1a:2b:3c:4d:5e", "[device 1]"),
        ("db01.moh.local, sw-core-2", "[host 1], [host 2]"),
        ("See https://user:pw@intra.bt/x?y=1 now", "See [address 1] now"),
        ("Ask Karma Dorji. Karma knows, Dorji too.", "Ask [name 1]. [name 2] knows, [name 3] too."),
        ("Ask Pema Lhamo; a lhamo is none.", "Ask [name 1]; a lhamo is none."),
        (
            "Since 2024 about 40 MB in 3 rooms, 8.5 hours",
            "Since 2024 about 40 MB in 3 rooms, 8.5 hours",
        ),
    ],
)
def test_redaction(text, redacted):
    assert Redactor(names=["Pema Lhamo"], concerned=["Karma Dorji"])(text) == redacted


@given(
    st.emails(domains=st.sampled_from(["moh.gov.bt", "example.com"])).filter(str.isascii)
    | st.ip_addresses().map(str).filter(lambda ip: len(ip) > 3)
    | st.from_regex(r"17\d{6}", fullmatch=True)
)
def test_no_address_and_no_number_gets_through(secret):
    redact = Redactor()
    once = redact(f"before {secret} after")
    assert secret not in once
    assert redact(once) == once


def shared_url(asked):
    return reverse("desk:share", args=[asked.pk])


def test_one_press_drafts_and_the_requesters_approval_publishes(signed_in):
    agency = OrganisationFactory(name="Agency of Canaries")
    asked = delivered(
        requester=professional(organisation=agency, person=PersonFactory(name="Deki Yangzom")),
        body="Deki Yangzom of Agency of Canaries: 10.9.8.7 drops.",
    )
    expert, requester = signed_in(asked.claimed_by), signed_in(asked.requester)
    for _ in range(2):
        expert.post(shared_url(asked))
    shared = SharedAnswer.objects.get()
    assert shared.question == "[name 1] of [name 2]: [IP 1] drops."
    data = {"title": shared.title, "question": "It drops.", "answer": "Shield the cable."}
    refused = expert.post(shared_url(asked), data | {"approve": "1"})
    assert refused.status_code == 403
    assert not Topic.objects.exists()
    expert.post(shared_url(asked), data)
    for _ in range(2):
        requester.post(shared_url(asked), data | {"approve": "1"})
    topic = Topic.objects.get()
    accepted = topic.posts.accepted().get()
    assert (accepted.body, accepted.author) == ("Shield the cable.", asked.claimed_by)
    assert topic.asker == asked.requester
    assert topic.get_absolute_url() in requester.get(shared_url(asked)).content.decode()
    assert not Evidence.objects.exists()  # one piece of work is evidence once, by its sign-off


def test_a_draft_that_says_nothing_is_refused_and_kept(signed_in):
    asked = delivered()
    client = signed_in(asked.requester)
    client.post(shared_url(asked))
    data = {"title": "A title that stays", "question": "", "answer": "x", "approve": "1"}
    response = client.post(shared_url(asked), data)
    assert response.status_code == 422
    assert "A title that stays" in response.content.decode()
    assert not Topic.objects.exists()


def test_only_requester_and_pool_draft_and_only_from_what_was_delivered(signed_in):
    agency = OrganisationFactory()
    asked = delivered(requester=professional(organisation=agency))
    assert signed_in(professional(organisation=agency)).post(shared_url(asked)).status_code == 403
    assert signed_in(professional()).post(shared_url(asked)).status_code == 404
    assert signed_in(serving(asked.pool)).post(shared_url(asked)).status_code == 302
    working = in_work(asked.pool)
    assert signed_in(working.requester).post(shared_url(working)).status_code == 403
