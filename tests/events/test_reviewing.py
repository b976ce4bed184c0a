"""Slides are looked at again after a year: banner, verdict, notice, search, my page."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from events import slides
from events.reviewing import judge, remind
from people.audiences import EVERYONE
from search.engines.base import Filters
from search.services import search, similar
from tests.events.test_slides import DECK
from tests.factories.events import TalkFactory, handed_in, pdf
from tests.factories.people import professional, registrar

pytestmark = pytest.mark.django_db
SENTENCE = "sixty honest lines"
YEAR = timedelta(days=365)


@pytest.fixture
def talk():
    talk = TalkFactory(speakers=[professional()], starts=timezone.now())
    slides.cut(handed_in(talk, DECK.read_bytes()))
    return talk


@pytest.fixture
def year_later(talk):
    with time_machine.travel(timezone.now() + YEAR, tick=False):
        yield


def post(browser, talk, **fields):
    address = reverse("events:judge_slides", args=[talk.resources.get().pk])
    return browser.post(address, fields)


def page(talk) -> str:
    reader = Client()
    reader.force_login(professional())
    return reader.get(talk.get_absolute_url()).content.decode()


def found() -> tuple[str, bool]:
    """How search calls the slide with the sentence, and whether it is suggested to who writes."""
    tokens = frozenset({EVERYONE})
    hits = search(SENTENCE, tokens=tokens, filters=Filters(kind="slide")).results.hits
    return hits[0].state, bool(similar(SENTENCE, tokens=tokens, kinds=("slide",)))


def test_slides_hold_for_a_year_and_a_newer_version_begins_it_anew(talk, year_later):
    assert "Nobody has confirmed these slides since" in page(talk)
    handed_in(talk, pdf(2))
    assert "Nobody has confirmed" not in page(talk)


def test_a_speaker_is_asked_once_and_says_that_they_are_true(talk, year_later, signed_in):
    speaker = talk.speakers.get()
    assert [remind() for _again in range(2)] == [1, 0]
    assert speaker.notices.get().title == f"Are your slides still true? {talk.title}"
    browser = signed_in(speaker)
    assert "Are your slides still true?" in browser.get("/me/").content.decode()
    for _again in range(2):
        assert post(browser, talk, verdict="true").status_code == 302
    resource = talk.resources.get()
    assert resource.review_by == timezone.localdate() + YEAR
    assert resource.reviews.get().by == speaker
    assert "Nobody has confirmed" not in page(talk)
    assert "Are your slides still true? To be" not in browser.get("/me/").content.decode()


def test_what_is_no_longer_true_says_why_sinks_and_is_suggested_to_nobody(talk, signed_in):
    keeper = signed_in(registrar())
    assert post(keeper, talk, verdict="obsolete").status_code == 422  # no reason
    assert post(signed_in(professional()), talk, verdict="obsolete", reason="x").status_code == 403
    assert found() == ("current", True)
    post(keeper, talk, verdict="obsolete", reason="The lines are of glass")
    assert "The lines are of glass" in page(talk)
    assert found() == ("obsolete", False)
    with time_machine.travel(timezone.now() + YEAR, tick=False):
        assert remind() == 0
    judge(talk.resources.get(), by=talk.speakers.get(), verdict="true")
    assert "The lines are of glass" not in page(talk)
