"""A search server that is down, slow or wrong loses nothing and never breaks a page."""

import socket
import threading
import time
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from search import outbox, services
from search.engines.base import EngineDownError
from search.engines.elasticsearch import address
from search.models import SearchDocument, SearchOutbox
from search.outbox import deliver
from search.rebuilding import PATIENCE, rebuild
from search.services import PAGE_TIMEOUT, search
from tests.factories.people import PersonFactory
from tests.factories.search import document
from tests.search import hostile
from tests.search.hostile import ALIAS, HostileServer, bulk, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_fresh_pauses")]
EVERYONE = frozenset({"public", "everyone"})
FALLBACK = "The search server does not answer"
NO_FACETS = {name: {"values": {"buckets": []}} for name in ("kind", "pool")}
NOTHING = {"hits": {"hits": []}, "aggregations": NO_FACETS}


@pytest.fixture
def server(settings):
    with HostileServer() as running:
        settings.ELASTICSEARCH_URL = running.url
        settings.ELASTICSEARCH_ALIAS = "commons"
        yield running


@pytest.fixture
def closed_port():
    with socket.socket() as held:  # bound and not listening: refused, and nobody else gets it
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


BAD = {
    "silent": hostile.silent,
    "dripping": hostile.dripping(),
    "hangs up": hostile.hangs_up,
    "truncated": hostile.truncated(),
    "half of the JSON": says(200, b'{"took": 1, "hits"'),
    "not JSON": says(200, b"<html>busy</html>"),
    "another page": hostile.without_product(),
    "another product": hostile.without_product(b'{"hits": {"hits": []}}', "application/json"),
    "busy": says(429, {"error": {"type": "busy"}, "status": 429}, **{"Retry-After": "7"}),
    "away": says(503, {"error": {"type": "no_master"}, "status": 503}),
    "an older version": says(406, {"error": "Content-Type is not supported", "status": 406}),
    "an empty object": says(200, {}),
    "a list": says(200, []),
    "null": says(200, None),
    "hits of another shape": says(200, {"hits": {"hits": [{"_source": {"key": 1}}]}}),
    "hits without facets": says(200, {"hits": {"hits": []}}),
    "signed out": says(401, {"error": {"type": "security_exception"}, "status": 401}),
}


@pytest.mark.parametrize("kind", BAD)
def test_the_page_answers_from_the_database_and_says_so(server, signed_in, kind):
    document("topic:1", "Marigold printer")
    document("topic:2", "Marigold for heads", audience=("heads",))
    server.rules = [("", BAD[kind])]
    response = signed_in(PersonFactory()).get(reverse("search:page"), {"q": "marigold"})
    text = response.content.decode()
    assert response.status_code == 200
    assert "Marigold printer" in text
    assert "for heads" not in text
    assert FALLBACK in text  # a silent server would hold the page for an hour


def test_a_refused_connection_is_a_fallback_too(settings, signed_in, closed_port):
    settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{closed_port}"
    document("topic:1", "Marigold printer")
    response = signed_in(PersonFactory()).get(reverse("search:page"), {"q": "marigold"})
    assert "Marigold printer" in response.content.decode()
    assert FALLBACK in response.content.decode()
    similar = signed_in(PersonFactory()).get(reverse("search:similar"), {"q": "marigold printer"})
    assert similar.status_code == 200
    assert "Marigold printer" in similar.content.decode()


def test_a_server_that_did_not_answer_is_left_alone_and_tried_again(server):
    server.rules = [("", BAD["away"])]
    for _ in range(5):
        assert search("x", tokens=EVERYONE).fallback
    assert server.asked("_search") == 1
    services.breaker.until = time.monotonic()  # the pause is over
    assert search("x", tokens=EVERYONE).fallback
    assert server.asked("_search") == 2


def test_only_one_asks_again_after_the_pause():
    services.breaker.begin()
    services.breaker.until = time.monotonic()
    assert [services.breaker.may_ask(patience=5) for _ in range(3)] == [True, False, False]


def test_a_server_that_comes_back_answers_again(server):
    server.rules = [("", BAD["away"])]
    assert search("x", tokens=EVERYONE).fallback
    server.rules = [("", says(200, NOTHING))]
    services.breaker.until = time.monotonic()
    answer = search("x", tokens=EVERYONE)
    assert (answer.engine, answer.fallback) == ("elasticsearch", False)
    assert services.breaker.length == 0


def test_all_questions_of_a_page_share_its_time(server, monkeypatch):
    """Each of the three is answered in less than the page's time, all of them are not."""
    nothing = says(200, NOTHING)

    async def slowly(request, writer):
        await hostile.asyncio.sleep(PAGE_TIMEOUT * 0.6)
        await nothing(request, writer)

    server.rules = [("", nothing)]
    with monkeypatch.context() as patient:
        patient.setattr("search.engines.elasticsearch.PAGE_TIMEOUT", 60)
        assert not search("three rare words", tokens=EVERYONE).fallback
    assert server.asked("_search") == 3
    server.rules = [("", slowly)]
    assert search("three rare words", tokens=EVERYONE).fallback
    assert server.asked("_search") < 6


def test_a_save_never_waits_for_the_server(server):
    server.rules = [("", hostile.silent)]
    document("topic:1", "Marigold")
    assert SearchOutbox.objects.count() == 1
    assert server.seen == []


# --- The outbox ------------------------------------------------------------------------------


def three_changes():
    for number in (1, 2, 3):
        document(f"topic:{number}", f"Cable {number}")


@pytest.mark.parametrize("kind", sorted(set(BAD) - {"silent", "dripping", "hits without facets"}))
@pytest.mark.parametrize("where", ["/_alias/", "/_bulk"])
def test_the_outbox_loses_nothing(server, kind, where):
    three_changes()
    server.rules = [(where, BAD[kind]), ALIAS, ("/_bulk", bulk(lambda verb, key: 200))]
    assert deliver() == 0
    assert SearchOutbox.objects.count() == 3
    asked = len(server.seen)
    assert deliver() == 0  # at once: it is left alone
    assert len(server.seen) == asked
    server.rules = [ALIAS, ("/_bulk", bulk(lambda verb, key: 200))]
    outbox.pause.until = time.monotonic()
    assert deliver() == 3
    assert SearchOutbox.objects.count() == 0


@pytest.mark.parametrize("kind", ["silent", "dripping"])
def test_a_hanging_bulk_is_given_up(server, monkeypatch, kind):
    monkeypatch.setattr("search.engines.feed.BULK_TIMEOUT", 0.5)
    three_changes()
    server.rules = [ALIAS, ("/_bulk", BAD[kind])]
    assert deliver() == 0  # both would hold it for a quarter of an hour and more
    assert SearchOutbox.objects.count() == 3


def test_the_outbox_waits_as_long_as_the_server_asks(server):
    three_changes()
    server.rules = [ALIAS, ("/_bulk", says(429, {"error": "busy"}, **{"Retry-After": "120"}))]
    before = time.monotonic()
    deliver()
    assert before + 120 <= outbox.pause.until <= time.monotonic() + 120


def test_the_pauses_grow_to_a_minute(server):
    three_changes()
    server.rules = [("", BAD["away"])]
    lengths = []
    for _ in range(8):
        outbox.pause.until = time.monotonic()
        deliver()
        lengths.append(outbox.pause.length)
    assert lengths == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize("status", [429, 500, 503, 400, 413, 403])
def test_of_half_a_bulk_that_fails_only_that_half_waits(server, status):
    three_changes()
    server.rules = [ALIAS, ("/_bulk", bulk(lambda verb, key: status if key > "topic:1" else 201))]
    assert deliver() == 1
    waiting = list(SearchOutbox.objects.values_list("key", "attempts"))
    assert waiting == [("topic:2", 1), ("topic:3", 1)]
    assert all(row.error.startswith(str(status)) for row in SearchOutbox.objects.all())
    assert deliver() == 0  # not yet due
    assert server.asked("_bulk") == 1
    document("topic:4", "Later")
    server.rules = [ALIAS, ("/_bulk", bulk(lambda verb, key: 200))]
    assert deliver() == 1  # those that wait hold up nobody
    SearchOutbox.objects.update(due=timezone.now())
    assert deliver() == 2


def test_a_change_that_is_refused_waits_longer_each_time(server):
    document("topic:1", "Refused")
    server.rules = [ALIAS, ("/_bulk", bulk(lambda verb, key: 400))]
    waits = []
    for _ in range(14):
        SearchOutbox.objects.update(due=timezone.now())
        deliver()
        waits.append(round((SearchOutbox.objects.get().due - timezone.now()).total_seconds()))
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == timedelta(hours=1).total_seconds()


@pytest.mark.parametrize("answered", ["topic:1", "topic:2", "topic:3"])
def test_rows_that_the_answer_leaves_out_are_sent_again(server, answered):
    three_changes()
    server.rules = [ALIAS, ("/_bulk", bulk(lambda verb, key: 200 if key == answered else 0))]
    assert deliver() == 1
    assert SearchOutbox.objects.count() == 2
    assert deliver() == 0


def test_a_deletion_that_meets_no_index_is_kept(server):
    document("topic:1", "Cable")
    SearchOutbox.objects.all().delete()
    from search import index  # noqa: PLC0415

    index._delete(SearchDocument.objects.all())
    server.rules = [ALIAS, ("/_bulk", bulk(lambda verb, key: 404))]  # with an error, as ES says
    assert deliver() == 0
    assert SearchOutbox.objects.count() == 1


# --- Commands ----------------------------------------------------------------------------------


def test_a_rebuild_tries_again_and_then_says_what_is_wrong(server, settings):
    document("topic:1", "Cable")
    nothing = {"hits": {"hits": []}}
    server.rules = [
        ("/_alias/", says(404, {"error": "none", "status": 404})),
        ("/_bulk", bulk(lambda verb, key: 429)),
        ("/_search", says(200, nothing)),
        ("", says(200, {})),
    ]
    waits: list[float] = []
    with pytest.raises(EngineDownError, match="1 documents could not be sent: 429"):
        rebuild(wait=waits.append)
    assert tuple(waits) == PATIENCE
    assert server.asked("_bulk") == len(PATIENCE) + 1
    assert server.asked("_aliases") == 0  # the alias stays where it was


@pytest.mark.parametrize("kind", ["away", "not JSON", "another page", "a list", "hangs up"])
def test_commands_say_that_it_does_not_answer(server, kind):
    document("topic:1", "Cable")
    server.rules = [("", BAD[kind])]
    with pytest.raises(CommandError, match=r"Elasticsearch: .*run this again"):
        call_command("search_rebuild")
    with pytest.raises(CommandError, match="Elasticsearch does not answer"):
        call_command("search_check")
    with pytest.raises(CommandError, match="elasticsearch does not answer"):
        call_command("search_query", "cable", engine="elasticsearch")


def test_the_address_gets_its_port_and_a_bad_one_is_named():
    assert address("http://search") == "http://search:9200"
    assert address("https://u:p@search/es/") == "https://u:p@search:9200/es/"
    assert address("http://search:80") == "http://search:80"
    assert address("http://[::1]") == "http://[::1]:9200"
    for bad in ("search:9200", "search", "ftp://search", "http://", "http://x:port"):
        with pytest.raises(ImproperlyConfigured, match="ELASTICSEARCH_URL"):
            address(bad)


def test_hanging_questions_do_not_pile_up(server, monkeypatch):
    """While sixteen hang, a seventeenth is not asked; nothing waits for its turn."""
    monkeypatch.setattr("search.engines.elasticsearch.PAGE_TIMEOUT", 0.05)
    server.rules = [("", hostile.dripping(every=0.01))]
    for _ in range(20):
        services.breaker.end()
        assert search("x", tokens=EVERYONE).fallback
        hanging = [thread for thread in threading.enumerate() if thread.name == "search engine"]
        assert len(hanging) <= 16
