"""A new Elasticsearch index from the rows of the embedded engine, swapped in while all goes on."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.conf import settings

from search.engines.base import EngineDownError
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.feed import BulkResult, Feed
from search.models import SearchDocument

CHUNK = 500
ROUNDS = 6  # of comparing; each has only what changed during the one before
PATIENCE = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds between attempts when it does not answer


@dataclass
class Rebuilt:
    index: str
    resumed: bool
    documents: int = 0
    refused: dict[str, str] = field(default_factory=dict)  # key -> why; they stay out


def rebuild(
    progress: Callable[[str], None] = lambda line: None,
    *,
    wait: Callable[[float], None] = time.sleep,
) -> Rebuilt:
    """Fill a new index, compare it with the rows until they are equal, then swap the alias.

    Stopped, it takes up the index that it left. The outbox is never cleared from here: what
    the worker carried meanwhile went to the old index, so the new one is compared once more
    after the swap. EngineDownError when Elasticsearch does not answer, five times over.
    """
    feed = Feed(ElasticsearchEngine(settings.ELASTICSEARCH_URL))
    left = feed.unfinished()
    if left and _is_ahead(feed, left):
        feed.drop(left)
        left = ""
    made = Rebuilt(index=left or feed.create(), resumed=bool(left))
    progress(f"elasticsearch: {'going on with' if left else 'filling'} {made.index}")
    _make_equal(feed, made, progress, wait)
    feed.move_alias(made.index)
    _make_equal(feed, made, progress, wait)
    made.documents = len(feed.versions(made.index))
    return made


def _is_ahead(feed: Feed, index: str) -> bool:
    """Whether an index holds newer versions than the rows: the database is an older backup."""
    there = feed.versions(index)
    here = _versions()
    return any(version > here[key] for key, version in there.items() if key in here)


def _versions() -> dict[str, int]:
    return dict(SearchDocument.objects.values_list("key", "version"))


def _make_equal(
    feed: Feed, made: Rebuilt, progress: Callable[[str], None], wait: Callable[[float], None]
) -> None:
    for _ in range(ROUNDS):
        there = feed.versions(made.index)
        here = _versions()  # read later: what is there was here before
        surplus = {key: version for key, version in there.items() if key not in here}
        missing = [
            key
            for key, version in here.items()
            if there.get(key, -1) < version and key not in made.refused
        ]
        if not (missing or surplus):
            return
        sent = 0
        for keys in _parts(sorted(missing)):
            _send(feed, made, keys, {}, wait)
            sent += len(keys)
            progress(f"elasticsearch: {sent} of {len(missing)}")
        _send(feed, made, [], surplus, wait)
    raise EngineDownError("the new index does not become equal to the documents; run it again")


def _send(
    feed: Feed,
    made: Rebuilt,
    keys: list[str],
    gone: dict[str, int],
    wait: Callable[[float], None],
) -> None:
    """Send until each key was taken or refused; waits where Elasticsearch asks for it."""
    left, result = set(keys) | gone.keys(), BulkResult()
    for pause in (*PATIENCE, None):
        rows = SearchDocument.objects.filter(key__in=left).select_related("audience")
        result = feed.send(rows, {key: gone[key] for key in left & gone.keys()}, index=made.index)
        made.refused |= result.refused
        present = {row.key for row in rows} | gone.keys()  # deleted since: the next round sees it
        left = (left & present) - result.done - result.refused.keys()
        if not left:
            return
        if pause is not None:
            wait(max(pause, min(result.down.retry_after, 60.0) if result.down else 0.0))
    reason = str(result.down or next(iter(result.later.values()), "it left documents out"))
    raise EngineDownError(f"{len(left)} documents could not be sent: {reason}")


def _parts(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
