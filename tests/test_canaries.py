"""Nothing of a restricted thing reaches anybody who may not know of it, whichever way they ask.

tests/test_every_page.py looks for the same strings on every address of the site; here their own
addresses are opened, they are searched for and suggested, and the live hub is asked for a seat.
"""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from live import door
from live.models import Session
from notifications.models import Notice
from people.models import User
from search.models import SearchDocument
from tests.canaries import BAIT, Canary, leaks, plant_all
from tests.rights import ROLES

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def canaries(visitors, django_db_blocker) -> list[Canary]:
    with django_db_blocker.unblock():
        return plant_all()


@pytest.fixture
def owner() -> Client:
    """Whose most of the things are: they read them, so the strings are where we look."""
    client = Client()
    client.force_login(User.objects.get(employee_id="ZQ0001"))
    return client


def read(browser: Client, address: str) -> bytes:
    response = browser.get(address)
    return b"".join(response) if response.streaming else response.content


@pytest.mark.parametrize("role", ROLES)
def test_at_their_own_addresses(visitors, canaries, role):
    faults, seen = [], set()
    for canary in canaries:
        for address in canary.addresses:
            content = read(visitors[role], address)
            faults += [f"{address} {leak}" for leak in leaks(content, role, canaries)]
            seen |= {canary.kind} if canary.text.encode() in content else set()
    assert faults == []
    assert seen == {canary.kind for canary in canaries if role in canary.roles}


def test_whose_they_are_read_them(canaries, owner):
    found = {
        canary.kind
        for canary in canaries
        if any(canary.text.encode() in read(owner, address) for address in canary.addresses)
    }
    # Of the others only those who look after the pool or the person know, or nobody any more.
    others = {"redacted question", "note of a flag", "restriction", "anonymous asker"}
    assert {canary.kind for canary in canaries} - found == others | {"withheld name"}


@pytest.mark.parametrize("role", ROLES)
def test_in_search_suggestions_and_feeds(visitors, canaries, role):
    ways = [f"{reverse('search:page')}?q={BAIT}", f"{reverse('search:similar')}?q={BAIT}+question"]
    ways += [f"{reverse('search:page')}?q={canary.text[:-1]}" for canary in canaries]
    ways += ["/forum/feed/", "/pools/zqc/", "/pools/zqd/", "/forum/experts/"]
    faults = [
        f"{way} {leak}" for way in ways for leak in leaks(read(visitors[role], way), role, canaries)
    ]
    assert faults == []


def test_what_was_redacted_or_hidden_is_in_no_document(canaries):
    texts = [canary.text for canary in canaries if canary.kind.split()[0] in ("redacted", "hidden")]
    documents = SearchDocument.objects.all()
    assert [text for text in texts if documents.filter(body__contains=text).exists()] == []
    assert documents.filter(body__contains=BAIT).exists()


@pytest.mark.parametrize("role", ROLES)
def test_in_notices_and_at_the_door_of_live_sessions(visitors, canaries, role):
    key = visitors[role].session.get("_auth_user_id")
    person = User.objects.get(pk=key) if key else AnonymousUser()
    told = " ".join(Notice.objects.filter(person=key).values_list("title", flat=True))
    assert leaks(told.encode(), role, canaries) == []
    closed = Session.objects.get(title__contains=Canary("closed session", frozenset()).text)
    with pytest.raises(door.Refused):
        async_to_sync(door.enter)(person, closed.pk)
