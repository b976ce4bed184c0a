"""Two changes of one object at the same time, on a database that lets both run."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction

from forums.models import Post
from people.models import Audience
from search import index
from search.documents import SOURCES
from search.models import SearchDocument
from tests.factories.forums import topic
from tests.factories.people import professional

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.usefixtures("transactional_db"),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at once"),
]


def alongside(work) -> threading.Thread:
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_two_posts_at_the_same_time_are_both_found():
    """The later one must read the topic after the earlier one is through."""
    asked, author = topic(), professional()

    def post(number, body):
        Post.objects.create(topic=asked, author=author, body=body, number=number, cid=uuid4())

    with transaction.atomic():
        post(2, "Marigold")
        other = alongside(lambda: post(3, "Juniper"))
        other.join(timeout=1)
        assert other.is_alive()  # it waits for the documents of the topic
    other.join(timeout=10)
    assert not other.is_alive()
    body = SearchDocument.objects.get(key=f"topic:{asked.pk}").body
    assert ("Marigold" in body, "Juniper" in body) == (True, True)


def test_an_audience_narrowed_during_a_rebuild_stays_narrow():
    asked = topic()
    source = next(source for source in SOURCES if source.prefix == "topic")
    heads = Audience.objects.of("heads")
    SearchDocument.objects.filter(key=f"topic:{asked.pk}").update(title="Stale")

    with transaction.atomic():
        asked.audience = heads
        asked.save(update_fields=["audience"])
        other = alongside(lambda: index.rebuild_source(source))  # still reads the old audience
        other.join(timeout=1)
        assert other.is_alive()
    other.join(timeout=10)
    assert SearchDocument.objects.get(key=f"topic:{asked.pk}").audience == heads


def test_a_topic_asked_during_a_rebuild_breaks_neither():
    source = next(source for source in SOURCES if source.prefix == "topic")
    asked = topic()
    SearchDocument.objects.filter(key=f"topic:{asked.pk}").delete()
    refresh_first = iter([True])

    def rows():
        if next(refresh_first, False):
            alongside(lambda: index.refresh(source, asked.pk)).join(timeout=10)
        return source.rows()

    early = type(source)(source.model, source.prefix, rows, source.documents)
    assert index.rebuild_source(early) == 1
    assert SearchDocument.objects.filter(key=f"topic:{asked.pk}").count() == 1
