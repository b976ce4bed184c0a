"""Elasticsearch 8: the same plan printed as its queries. Fed from the embedded engine's rows.

Its client is made on first use and never at import; a page gives it 1.5 s and no retry.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from elasticsearch import (
    ApiError,
    Elasticsearch,
    NotFoundError,
    TransportError,
    UnsupportedProductError,
    helpers,
)

from search.engines.base import (
    CLOSING,
    ENOUGH,
    FACETS,
    OPENING,
    STATE_WEIGHT,
    EngineDownError,
    Filters,
    Hit,
    Page,
    Results,
)
from search.models import SearchDocument
from search.planner import Clause, Plan, Stage, Term

ALIAS = "commons"
PAGE_TIMEOUT = 1.5  # seconds that a page waits
_DOWN = (TransportError, ApiError, UnsupportedProductError)

_WORD = {"type": "pattern", "pattern": "[\\p{L}\\p{M}\\p{N}]+", "group": 0}
SETTINGS = {
    "number_of_shards": 1,
    "number_of_replicas": 0,
    "refresh_interval": "1s",
    "analysis": {
        "tokenizer": {"word": _WORD},
        "filter": {"ict_porter": {"type": "porter_stem"}},
        "analyzer": {
            "commons": {
                "type": "custom",
                "tokenizer": "word",
                "filter": ["lowercase", "asciifolding", "ict_porter"],
            },
            "commons_plain": {
                "type": "custom",
                "tokenizer": "word",
                "filter": ["lowercase", "asciifolding"],
            },
        },
    },
}
_TEXT = {
    "type": "text",
    "analyzer": "commons",
    "fields": {"plain": {"type": "text", "analyzer": "commons_plain"}},
}
_KEYWORDS = ("key", "kind", "group", "audience", "pool", "agency", "author", "tags", "state")
MAPPINGS = {
    "dynamic": "strict",
    "properties": {
        **{name: {"type": "keyword"} for name in _KEYWORDS},
        "title": _TEXT,
        "body": _TEXT,
        "when": {"type": "date"},
        "url": {"type": "keyword", "index": False, "doc_values": False},
    },
}


@lru_cache(maxsize=8)
def client(url: str, node_class: Any = None) -> Elasticsearch:
    """The client of `url`; an address without a port gets the usual one."""
    address = url if url.rsplit(":", 1)[-1].strip("/").isdigit() else f"{url.rstrip('/')}:9200"
    options = {"node_class": node_class} if node_class else {}
    return Elasticsearch(address, request_timeout=PAGE_TIMEOUT, max_retries=0, **options)


class ElasticsearchEngine:
    name = "elasticsearch"
    node_class: Any = None  # tests speak to a stand-in that wants other media types

    def __init__(self, url: str):
        self.client = client(url, self.node_class)

    # --- Questions -------------------------------------------------------------------

    def search(
        self, plan: Plan, *, tokens: frozenset[str], filters: Filters, page: Page
    ) -> Results:
        if not plan:
            return Results()
        try:
            return self._search(plan, tokens, filters, page)
        except _DOWN as error:
            raise EngineDownError(str(error)) from error

    def _search(self, plan: Plan, tokens: frozenset[str], filters: Filters, page: Page) -> Results:
        earlier: list[Hit] = []
        for stage in plan.stages[:-1]:
            found = self._ask(stage, tokens, filters, start=0, size=ENOUGH)["hits"]["hits"]
            if len(found) >= ENOUGH:
                return self._page(stage, tokens, filters, [], page)
            seen = {hit.key for hit in earlier}
            earlier += [hit for row in found if (hit := _hit(row)).key not in seen]
        return self._page(plan.stages[-1], tokens, filters, earlier, page)

    def _page(
        self,
        stage: Stage,
        tokens: frozenset[str],
        filters: Filters,
        earlier: list[Hit],
        page: Page,
    ) -> Results:
        first = earlier[page.start : page.start + page.size]
        answer = self._ask(
            stage,
            tokens,
            filters,
            start=max(0, page.start - len(earlier)),
            size=page.size - len(first),
            without=[hit.key for hit in earlier],
            facets=True,
        )
        counts = {
            facet: {
                bucket["key"]: bucket["doc_count"]
                for bucket in answer["aggregations"][facet]["values"]["buckets"]
                if bucket["key"]
            }
            for facet in FACETS
        }
        by_kind = counts["kind"]
        total = by_kind.get(filters.kind, 0) if filters.kind else sum(by_kind.values())
        return Results(first + [_hit(row) for row in answer["hits"]["hits"]], total, counts)

    def _ask(
        self,
        stage: Stage,
        tokens: frozenset[str],
        filters: Filters,
        *,
        start: int,
        size: int,
        without: Iterable[str] = (),
        facets: bool = False,
    ) -> Any:
        own = [{"term": {name: value}} for name, value in filters.items()]
        allowed = {"bool": {"filter": [{"terms": {"audience": sorted(tokens)}}]}}
        hidden = [{"terms": {"key": sorted(without)}}]
        body: dict[str, Any] = {
            "query": {
                "function_score": {
                    "query": {"bool": {"must": [_stage(stage)], **allowed["bool"]}},
                    "functions": [
                        {"filter": {"term": {"state": state}}, "weight": weight}
                        for state, weight in STATE_WEIGHT.items()
                    ],
                    "score_mode": "first",
                }
            },
            # The facets count before these filters, so that each shows its other values.
            "post_filter": {"bool": {"filter": own, "must_not": hidden}},
            "sort": ["_score", {"key": "asc"}],
            "from_": start,
            "size": size,
            "highlight": {
                "pre_tags": [OPENING],
                "post_tags": [CLOSING],
                "fields": {"body": {"number_of_fragments": 1, "fragment_size": 180}},
            },
        }
        if facets:
            body["aggs"] = {facet: _facet(facet, filters) for facet in FACETS}
        return self.client.search(index=ALIAS, **body)

    def similar(self, text: str, *, tokens: frozenset[str], kinds: Iterable[str]) -> list[Hit]:
        query = {
            "bool": {
                "must": [
                    {
                        "more_like_this": {
                            "fields": ["title", "body"],
                            "like": text,
                            "min_term_freq": 1,
                            "min_doc_freq": 1,
                            "max_query_terms": 8,
                        }
                    }
                ],
                "filter": [
                    {"terms": {"audience": sorted(tokens)}},
                    {"terms": {"kind": sorted(kinds)}},
                ],
            }
        }
        try:
            answer = self.client.search(index=ALIAS, query=query, size=5)
        except _DOWN as error:
            raise EngineDownError(str(error)) from error
        return [_hit(row) for row in answer["hits"]["hits"]]

    # --- Feeding ---------------------------------------------------------------------

    def index(self, rows: Iterable[SearchDocument], *, target: str = ALIAS) -> list[str]:
        """Send documents in bulk; the keys that were refused. An older version never wins."""
        return self._bulk(_index_actions(rows, target))

    def delete(self, versions: dict[str, int]) -> list[str]:
        """Take documents out in bulk: key -> version of the deletion."""
        return self._bulk(
            {
                "_op_type": "delete",
                "_index": ALIAS,
                "_id": key,
                "version": version,
                "version_type": "external_gte",
            }
            for key, version in versions.items()
        )

    def _bulk(self, actions: Iterable[dict]) -> list[str]:
        refused = []
        try:
            for ok, item in helpers.streaming_bulk(
                self.client.options(request_timeout=30), actions, raise_on_error=False
            ):
                outcome = next(iter(item.values()))
                if not ok and outcome["status"] not in (404, 409):  # gone or newer: both are done
                    refused.append(outcome["_id"])
        except _DOWN as error:
            raise EngineDownError(str(error)) from error
        return refused

    def rebuild(self, rows: Iterable[SearchDocument]) -> str:
        """Fill a new index and move the alias to it in one step; the name of the new index."""
        name = f"{ALIAS}-{datetime.now().astimezone():%Y%m%d%H%M%S%f}"
        try:
            self.client.indices.create(index=name, settings=SETTINGS, mappings=MAPPINGS)
            refused = self.index(rows, target=name)
            if refused:
                self.client.indices.delete(index=name)
                raise ValueError(f"{len(refused)} documents were refused, such as {refused[0]}.")
            self.client.indices.refresh(index=name)
            self._move_alias(name)
        except (TransportError, ApiError) as error:
            raise EngineDownError(str(error)) from error
        return name

    def _move_alias(self, name: str) -> None:
        try:
            old = list(self.client.indices.get_alias(name=ALIAS))
        except NotFoundError:
            old = []
        actions: list[dict] = [{"add": {"index": name, "alias": ALIAS}}]
        actions += [{"remove_index": {"index": index}} for index in old]
        self.client.indices.update_aliases(actions=actions)

    def versions(self) -> dict[str, int]:
        """Key -> version of everything that the index holds."""
        found = helpers.scan(
            self.client.options(request_timeout=30),
            index=ALIAS,
            query={"query": {"match_all": {}}, "version": True, "_source": False},
        )
        return {row["_id"]: row["_version"] for row in found}


def _index_actions(rows: Iterable[SearchDocument], target: str) -> Iterator[dict]:
    for row in rows:
        yield {
            "_op_type": "index",
            "_index": target,
            "_id": row.key,
            "version": row.version,
            "version_type": "external_gte",
            "_source": {
                "key": row.key,
                "kind": row.kind,
                "group": row.group,
                "title": row.title,
                "body": row.body,
                "url": row.url,
                "audience": row.audience.key.split(),
                "pool": row.pool,
                "agency": row.agency,
                "author": row.author,
                "tags": row.tags,
                "state": row.state,
                "when": row.when.isoformat(),
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
    text = " ".join(term.words)
    kind = "phrase_prefix" if term.prefix else "phrase"
    fields = ["title.plain^20", "body.plain"] if term.prefix else ["title^20", "body"]
    return {"multi_match": {"query": text, "type": kind, "fields": fields}}


def _facet(facet: str, filters: Filters) -> dict:
    others = [{"term": {name: value}} for name, value in filters.items() if name != facet]
    return {
        "filter": {"bool": {"filter": others}},
        "aggs": {"values": {"terms": {"field": facet, "size": 50}}},
    }


def _hit(row: Any) -> Hit:
    source = row["_source"]
    fragments = row.get("highlight", {}).get("body", [])
    return Hit(
        key=source["key"],
        kind=source["kind"],
        title=source["title"],
        snippet=fragments[0] if fragments else source["body"][:180],
        url=source["url"],
        pool=source["pool"],
        author=source["author"],
        state=source["state"],
        when=datetime.fromisoformat(source["when"]),
    )
