"""A sentence of a talk leads to its page or its second, on the search page, by each engine."""

import pytest
from django.urls import reverse

from events import slides
from search.models import SearchOutbox
from search.outbox import deliver
from search.rebuilding import rebuild
from tests.events.test_slides import DECK
from tests.factories.events import TalkFactory, handed_in
from tests.factories.people import professional

pytestmark = pytest.mark.django_db
VTT = b"""WEBVTT

00:01.000 --> 00:04.000
Welcome to everybody who came.

00:01:05.000 --> 00:01:09.500
Marigold batteries outlast the night.
"""


def links_of(talk) -> list[tuple[str, str]]:
    """What is asked, and the address that the page must offer first for it."""
    recording = reverse("events:recording", args=[talk.edition.slug, talk.slug])
    return [
        ("sixty honest lines", f"{talk.get_absolute_url()}#page-12"),
        ("marigold batteries outlast", f"{recording}?t=65#cue-2"),
    ]


def missing(reader, talk) -> list[str]:
    """Addresses that the search page does not offer, or that lead nowhere."""
    wrong = []
    for text, link in links_of(talk):
        found = reader.get(reverse("search:page"), {"q": text}).content.decode()
        target = reader.get(link.partition("#")[0]).content.decode()
        if f'href="{link}"' not in found or f'id="{link.partition("#")[2]}"' not in target:
            wrong.append(link)
    return wrong


def bring(talk) -> None:
    slides.cut(handed_in(talk, DECK.read_bytes()))
    handed_in(talk, VTT, kind="transcript", title="talk.vtt")


def test_the_page_opens_the_slide_and_the_second(signed_in):
    talk = TalkFactory(speakers=[professional()])
    reader = signed_in(professional())
    bring(talk)
    assert missing(reader, talk) == []


def test_the_workers_outbox_brings_both_to_elasticsearch(elastic, signed_in):
    rebuild()
    talk = TalkFactory(speakers=[professional()])
    reader = signed_in(professional())
    bring(talk)
    assert SearchOutbox.objects.exists()
    while deliver():
        pass
    assert not SearchOutbox.objects.exists()
    elastic.client.indices.refresh(index=elastic.alias)
    found = reader.get(reverse("search:page"), {"q": "sixty honest lines"})
    assert found.context["answer"].engine == "elasticsearch"
    assert missing(reader, talk) == []
