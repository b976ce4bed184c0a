"""An Elasticsearch to test against: osmem-server in memory, or a real one where a URL names it."""

import os
import threading
import uuid
from typing import Any

import pytest
from elastic_transport import Urllib3HttpNode

from search import outbox, services
from search.engines import elasticsearch
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.feed import Feed


class PlainJsonNode(Urllib3HttpNode):
    """osmem-server answers 406 to Elastic's own media types and knows the plain ones."""

    def perform_request(self, method, target, body=None, headers=None, request_timeout=None) -> Any:
        plain = dict(headers or {})
        for name in ("content-type", "accept"):
            if name in plain:
                lines = "ndjson" in plain[name]
                plain[name] = "application/x-ndjson" if lines else "application/json"
        return super().perform_request(method, target, body, plain, request_timeout)


@pytest.fixture(scope="session")
def _server():
    """(address, node class) of a server for the whole run; ended by its process id."""
    real = os.environ.get("ELASTICSEARCH_TEST_URL")
    if real:
        yield real, None
        return
    osmem = pytest.importorskip("osmem_server", reason="osmem-server runs on x86_64 only")
    server = osmem.OsmemServer.start(japanese=False)  # a free port of loopback
    yield server.url, PlainJsonNode
    server.process.terminate()
    server.process.wait(timeout=10)
    for pipe in (server.process.stdin, server.process.stdout):
        pipe.close()


@pytest.fixture
def _fresh_pauses():
    for pause in (services.breaker, outbox.pause):
        pause.end()
    yield
    for pause in (services.breaker, outbox.pause):
        pause.end()
    elasticsearch.client.cache_clear()
    for thread in threading.enumerate():  # a question that still hangs holds one of few slots
        if thread.name == "search engine":
            thread.join(timeout=60)


@pytest.fixture
def elastic(_server, _fresh_pauses, settings, monkeypatch):
    """Elasticsearch is on, under an alias of this test's own; gives what feeds it."""
    url, node = _server
    settings.ELASTICSEARCH_URL = url
    settings.ELASTICSEARCH_ALIAS = f"t{uuid.uuid4().hex[:12]}"
    monkeypatch.setattr(ElasticsearchEngine, "node_class", node)
    feed = Feed(ElasticsearchEngine(url))
    yield feed
    for name in feed.client.indices.get(index=f"{feed.alias}*", expand_wildcards="all"):
        feed.drop(name)
