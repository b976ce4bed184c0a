"""What the worker does for Elasticsearch: carry over every change, in bulk, until it is there."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from search.engines.base import EngineDownError
from search.engines.calls import Pause
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.feed import BulkResult, Feed
from search.models import SearchDocument, SearchOutbox

logger = logging.getLogger(__name__)
BATCH = 500
LONGEST_WAIT = 3600  # seconds until a refused change is offered again
pause = Pause(first=1, longest=60)  # of this worker, after Elasticsearch did not answer


def deliver() -> int:
    """Carry the oldest changes to Elasticsearch; how many outbox rows are done.

    A key's newest version goes; sending twice changes nothing, so a kill between sending and
    clearing loses nothing. A row is cleared only when Elasticsearch answered for its key. One
    that it refuses waits longer each time and does not hold up the others; an engine that is
    down is left alone for a while, or for as long as it asks.
    """
    if not settings.ELASTICSEARCH_URL or not pause.may_ask():
        return 0
    rows = list(SearchOutbox.objects.filter(due__lte=timezone.now())[:BATCH])
    if not rows:
        return 0
    feed = Feed(ElasticsearchEngine(settings.ELASTICSEARCH_URL))
    try:
        if not feed.live():
            raise EngineDownError("it has no index yet: run manage.py search_rebuild")
    except EngineDownError as error:
        _rest(error)
        return 0
    result = _send(feed, rows)
    cleared, _ = SearchOutbox.objects.filter(
        pk__in=[row.pk for row in rows if row.key in result.done]
    ).delete()
    _postpone(rows, result.later | result.refused)
    if result.down:
        _rest(result.down)
    else:
        pause.end()
    return cleared


def _send(feed: Feed, rows: Iterable[SearchOutbox]) -> BulkResult:
    keys = {row.key for row in rows}
    present = {
        document.key: document
        for document in SearchDocument.objects.filter(key__in=keys).select_related("audience")
    }
    deleted = [row for row in rows if row.action == SearchOutbox.Action.DELETE]
    gone = {row.key: row.version for row in deleted if row.key not in present}
    result = feed.send(present.values(), gone)
    # Neither here nor taken out: its deletion stands further back in the outbox.
    result.done |= keys - present.keys() - gone.keys()
    return result


def _postpone(rows: Iterable[SearchOutbox], reasons: dict[str, str]) -> None:
    late = [row for row in rows if row.key in reasons]
    for row in late:
        row.attempts += 1
        row.due = timezone.now() + timedelta(seconds=min(2 ** min(row.attempts, 20), LONGEST_WAIT))
        row.error = reasons[row.key]
        if row.attempts == 1:
            logger.warning("Elasticsearch does not take %s: %s", row.key, row.error)
    SearchOutbox.objects.bulk_update(late, ["attempts", "due", "error"], batch_size=200)


def _rest(error: EngineDownError) -> None:
    pause.begin(at_least=error.retry_after)
    logger.warning("Search outbox waits %.0f s: %s", pause.length, error)
