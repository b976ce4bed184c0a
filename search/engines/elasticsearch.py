"""Elasticsearch 8: the same plan printed as its queries. Fed from the embedded engine's rows.

Its client is imported and made on first use: that takes a second, which no start waits for where
there is no server. A page waits 1.5 s for all its questions together and asks none of them twice.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from search.engines.base import (
    CLOSING,
    ENOUGH,
    FACETS,
    OPENING,
    STATE_WEIGHT,
    Counts,
    EngineDownError,
    Filters,
    Hit,
    Page,
    Results,
    go_through,
)
from search.engines.calls import within
from search.likeness import Clue
from search.planner import Clause, Plan, Stage, Term

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

PAGE_TIMEOUT = 1.5  # seconds that a page waits for everything that it asks
SNIPPET = 180  # letters
# A server that answers with something else than was asked for is as good as down.
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, StopIteration)


def address(url: str) -> str:
    """`url` as the client wants it: with a port. ImproperlyConfigured if it is no web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"ELASTICSEARCH_URL {url!r}: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(
            "ELASTICSEARCH_URL must look like https://user:password@host:9200."
        )
    if port:
        return url
    return parts._replace(netloc=f"{parts.netloc.rstrip(':')}:9200").geturl()


@lru_cache(maxsize=8)
def client(url: str, node_class: Any = None) -> "Elasticsearch":
    from elasticsearch import Elasticsearch  # noqa: PLC0415 (see above)

    options = {"node_class": node_class} if node_class else {}
    return Elasticsearch(address(url), request_timeout=PAGE_TIMEOUT, max_retries=0, **options)


@contextmanager
def readable() -> Iterator[None]:
    """Whatever goes wrong with a server, in transport or in what it says, is EngineDownError."""
    from elasticsearch import ApiError, TransportError  # noqa: PLC0415 (see above)

    try:
        yield
    except ApiError as error:
        after = error.meta.headers.get("retry-after") or ""
        seconds = float(after) if after.isascii() and after.isdigit() else 0.0
        raise EngineDownError(f"{error.meta.status} {error}"[:300], retry_after=seconds) from error
    except TransportError as error:
        raise EngineDownError(str(error)[:300]) from error
    except _UNREADABLE as error:
        raise EngineDownError(f"its answer cannot be read: {error!r}"[:300]) from error


NOT_OBSOLETE = {"bool": {"must_not": [{"term": {"state": "obsolete"}}]}}


class ElasticsearchEngine:
    name = "elasticsearch"
    node_class: Any = None  # tests speak to a stand-in that wants other media types

    def __init__(self, url: str):
        self.client = client(url, self.node_class)
        self.alias = settings.ELASTICSEARCH_ALIAS

    def search(
        self, plan: Plan, *, tokens: frozenset[str], filters: Filters, page: Page
    ) -> Results:
        if not (plan and tokens):  # no token: nobody
            return Results()
        return go_through(plan, _Asking(self, tokens, filters), filters, page)

    def similar(
        self, clues: Sequence[Clue], *, tokens: frozenset[str], kinds: Sequence[str]
    ) -> list[Hit]:
        """By its own ranking, which knows how rare a word is and that a title says more."""
        if not (clues and tokens):
            return []
        stage = Stage(
            tuple(Clause((clue.term,)) for clue in clues if not clue.in_title), every=False
        )
        asking = _Asking(self, tokens, Filters())
        hits: list[Hit] = []
        for kind in kinds:
            if len(hits) < ENOUGH:
                hits += asking.hits(stage, only=[{"term": {"kind": kind}}, NOT_OBSOLETE])
        return hits[:ENOUGH]


class _Asking:
    """One person's questions, with the time that is left for them."""

    def __init__(self, engine: ElasticsearchEngine, tokens: frozenset[str], filters: Filters):
        self.engine = engine
        self.tokens = tokens
        self.filters = filters
        self.deadline = time.monotonic() + PAGE_TIMEOUT

    def hits(
        self,
        stage: Stage,
        *,
        without: Sequence[str] = (),
        start: int = 0,
        size: int = ENOUGH,
        only: Sequence[dict] = (),
    ) -> list[Hit]:
        answer = self._ask(self._body(stage, without, start, size, only))
        with readable():
            return [_hit(row) for row in answer["hits"]["hits"]]

    def page(
        self, stage: Stage, *, without: Sequence[str], start: int, size: int
    ) -> tuple[list[Hit], Counts]:
        body = self._body(stage, without, start, size)
        answer = self._ask(body | {"aggs": {name: _facet(name, self.filters) for name in FACETS}})
        with readable():
            return [_hit(row) for row in answer["hits"]["hits"]], _counts(answer)

    def _ask(self, body: dict[str, Any]) -> Any:
        left = self.deadline - time.monotonic()
        patient = self.engine.client.options(request_timeout=max(left, 0.01))
        with readable():
            # Half an answer would count half: a shard that fails makes the server fail.
            return within(
                left,
                lambda: patient.search(
                    index=self.engine.alias, allow_partial_search_results=False, **body
                ),
            )

    def _body(
        self,
        stage: Stage,
        without: Sequence[str],
        start: int,
        size: int,
        only: Sequence[dict] = (),
    ) -> dict[str, Any]:
        may_see = {"terms": {"audience": sorted(self.tokens)}}
        own = [{"term": {name: value}} for name, value in self.filters.items()]
        weights = [
            {"filter": {"term": {"state": state}}, "weight": weight}
            for state, weight in STATE_WEIGHT.items()
        ]
        return {
            "query": {
                "function_score": {
                    "query": {"bool": {"must": [_stage(stage)], "filter": [may_see, *only]}},
                    "functions": weights,
                    "score_mode": "first",
                }
            },
            # The facets count before these filters, so that each shows its other values.
            "post_filter": {
                "bool": {"filter": own, "must_not": [{"terms": {"key": sorted(without)}}]}
            },
            "sort": ["_score", {"key": "asc"}],
            "from_": start,
            "size": size,
            "source_excludes": ["body", "audience"],
            "highlight": {
                "pre_tags": [OPENING],
                "post_tags": [CLOSING],
                "fields": {
                    "body": {
                        "number_of_fragments": 1,
                        "fragment_size": SNIPPET,
                        "no_match_size": SNIPPET,
                    }
                },
            },
        }


def _stage(stage: Stage) -> dict:
    clauses = [_clause(clause) for clause in stage.clauses]
    if stage.every:
        return {"bool": {"must": clauses}}
    return {"bool": {"should": clauses, "minimum_should_match": 1}}


def _clause(clause: Clause) -> dict:
    return {"dis_max": {"queries": [_term(term) for term in clause.terms]}}


def _term(term: Term) -> dict:
    # A prefix is one of the stem, as in the embedded engine, and of every word that has it.
    kind = "bool_prefix" if term.prefix else "phrase"
    return {
        "multi_match": {"query": " ".join(term.words), "type": kind, "fields": ["title^20", "body"]}
    }


def _facet(facet: str, filters: Filters) -> dict:
    others = [{"term": {name: value}} for name, value in filters.items() if name != facet]
    return {
        "filter": {"bool": {"filter": others}},
        "aggs": {"values": {"terms": {"field": facet, "size": 50}}},
    }


def _counts(answer: Any) -> Counts:
    return {
        facet: {
            bucket["key"]: bucket["doc_count"]
            for bucket in answer["aggregations"][facet]["values"]["buckets"]
            if bucket["key"]
        }
        for facet in FACETS
    }


def _hit(row: Any) -> Hit:
    source = row["_source"]
    fragments = row.get("highlight", {}).get("body", [])
    return Hit(
        key=source["key"],
        kind=source["kind"],
        title=source["title"],
        snippet=fragments[0] if fragments else "",
        url=source["url"],
        pool=source["pool"],
        author=source["author"],
        state=source["state"],
        when=datetime.fromisoformat(source["when"]),
    )
