"""How Elasticsearch is fed: bulk requests answered row by row, indexes, the alias.

Every document carries its own version, so a late message never replaces a newer one, and a
write goes only to the alias: a missing one never becomes an index with a guessed mapping.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from search.engines.base import EngineDownError
from search.engines.calls import within
from search.engines.elasticsearch import ElasticsearchEngine, readable
from search.engines.mapping import MAPPINGS, SETTINGS, fingerprint
from search.models import SearchDocument

BULK_TIMEOUT = 20.0  # seconds for one bulk request
CHUNK_ROWS, CHUNK_LETTERS = 200, 2_000_000
_REFUSED = frozenset({400, 413})  # the document itself is the fault; all else may pass later


@dataclass
class BulkResult:
    """What became of each key. A key in neither was not answered for: it must be sent again."""

    done: set[str] = field(default_factory=set)
    later: dict[str, str] = field(default_factory=dict)  # key -> why not now
    refused: dict[str, str] = field(default_factory=dict)  # key -> why never as it is
    down: EngineDownError | None = None  # the engine stopped answering on the way


@dataclass(frozen=True)
class _Action:
    key: str
    version: int
    source: dict[str, Any] | None  # None: a deletion


class Feed:
    """Writes to Elasticsearch. Every method raises EngineDownError where it does not answer."""

    def __init__(self, engine: ElasticsearchEngine):
        self.alias = engine.alias
        self.client = engine.client.options(request_timeout=BULK_TIMEOUT)

    # --- Documents -------------------------------------------------------------------

    def send(
        self,
        rows: Iterable[SearchDocument],
        gone: dict[str, int],
        *,
        index: str = "",
    ) -> BulkResult:
        """Index `rows` and take out `gone` (key -> version); into the alias or into one index."""
        result = BulkResult()
        actions = [_Action(key, version, None) for key, version in gone.items()]
        try:
            for chunk in _chunks(_indexing(rows), actions):
                self._bulk(chunk, index, result)
        except EngineDownError as error:
            result.down = error
        return result

    def _bulk(self, chunk: list[_Action], index: str, result: BulkResult) -> None:
        operations: list[dict] = []
        for action in chunk:
            head = {
                "_index": index or self.alias,
                "_id": action.key,
                "version": action.version,
                "version_type": "external_gte",
            }
            if action.source is None:
                operations.append({"delete": head})
            else:
                operations += [{"index": head | {"require_alias": not index}}, action.source]
        with readable():
            answer = within(BULK_TIMEOUT, lambda: self.client.bulk(operations=operations))
            items = [next(iter(item.values())) for item in answer["items"]]
            outcomes = [(str(item["_id"]), int(item["status"]), item) for item in items]
        sent = {action.key: action for action in chunk}  # what is left out moves the others up
        for key, status, item in outcomes:
            if key in sent:
                _note(sent[key], status, item.get("error"), result)

    def versions(self, index: str = "") -> dict[str, int]:
        """Key -> version of everything that an index (or the alias) holds."""
        found: dict[str, int] = {}
        last: list = []
        with readable():
            within(BULK_TIMEOUT, lambda: self.client.indices.refresh(index=index or self.alias))
            while True:
                rows = within(BULK_TIMEOUT, partial(self._some, index, last))
                found |= {row["_id"]: row["_version"] for row in rows}
                if not rows:
                    return found
                last = rows[-1]["sort"]

    def _some(self, index: str, last: list) -> list[dict]:
        answer = self.client.search(
            index=index or self.alias,
            query={"match_all": {}},
            version=True,
            source=False,
            sort=[{"key": "asc"}],
            size=1000,
            allow_partial_search_results=False,
            search_after=last or None,
        )
        return answer["hits"]["hits"]

    # --- Indexes ---------------------------------------------------------------------

    def live(self) -> list[str]:
        """The indexes behind the alias: one, or none before the first rebuild."""
        from elasticsearch import NotFoundError  # noqa: PLC0415 (as in elasticsearch.py)

        with readable():
            try:
                found = self.client.indices.get_alias(name=self.alias)
                return [name for name, index in found.items() if self.alias in index["aliases"]]
            except NotFoundError:
                return []

    def is_current(self, index: str) -> bool:
        """Whether an index was made with the mapping that this release has."""
        return index.startswith(f"{self.alias}-{fingerprint()}-")

    def unfinished(self) -> str:
        """An index that a stopped rebuild left, made with today's mapping; the newest, or none."""
        live = self.live()
        names = [name for name in self._own() if self.is_current(name) and name not in live]
        return max(names, default="")

    def create(self) -> str:
        name = f"{self.alias}-{fingerprint()}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"
        with readable():
            self.client.indices.create(index=name, settings=SETTINGS, mappings=MAPPINGS)
        return name

    def drop(self, index: str) -> None:
        with readable():
            self.client.indices.delete(index=index, ignore_unavailable=True)

    def move_alias(self, index: str) -> None:
        """Let the alias name `index` and drop the others, in one step: no search meets a gap."""
        others = [name for name in self._own() if name != index]
        with readable():
            taken = self.client.indices.exists(index=self.alias) and not self.live()
            if taken:  # an index of that very name, made by hand: the alias needs the name
                others.append(self.alias)
            self.client.indices.update_aliases(
                actions=[
                    {"add": {"index": index, "alias": self.alias}},
                    *({"remove_index": {"index": name}} for name in others),
                ]
            )

    def _own(self) -> list[str]:
        """Our indexes, and nobody else's whose name begins alike."""
        pattern = re.compile(rf"{re.escape(self.alias)}-[0-9a-f]{{8}}-\d{{20}}")
        with readable():
            found = self.client.indices.get(index=f"{self.alias}-*")
            return [name for name in found if pattern.fullmatch(name)]


def _note(action: _Action, status: int, error: object, result: BulkResult) -> None:
    # 409: something newer is there. 404: what is to go is gone, unless the alias itself is.
    gone = action.source is None and status == 404 and error is None
    if status < 300 or status == 409 or gone:
        result.done.add(action.key)
        return
    reason = f"{status} {error}"[:300]
    if status in _REFUSED:
        result.refused[action.key] = reason
    else:
        result.later[action.key] = reason


def _indexing(rows: Iterable[SearchDocument]) -> Iterator[_Action]:
    for row in rows:
        source = {
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
        }
        yield _Action(row.key, row.version, source)


def _chunks(*streams: Iterable[_Action]) -> Iterator[list[_Action]]:
    chunk: list[_Action] = []
    letters = 0
    for stream in streams:
        for action in stream:
            size = len(action.source["body"]) if action.source else 0
            if chunk and (len(chunk) == CHUNK_ROWS or letters + size > CHUNK_LETTERS):
                yield chunk
                chunk, letters = [], 0
            chunk.append(action)
            letters += size
    if chunk:
        yield chunk
