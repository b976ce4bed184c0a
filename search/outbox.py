"""What the worker does for Elasticsearch: carry over every change, in bulk, until it is there."""

from django.conf import settings
from django.db import transaction

from search.engines.base import EngineDownError
from search.engines.elasticsearch import ElasticsearchEngine
from search.models import SearchDocument, SearchOutbox

BATCH = 500


def deliver() -> int:
    """Carry the oldest changes to Elasticsearch; how many outbox rows are done.

    A key's newest version goes; sending twice changes nothing, so a kill between sending and
    clearing loses nothing. An engine that is down leaves the rows for the next round.
    """
    if not settings.ELASTICSEARCH_URL:
        return 0
    rows = list(SearchOutbox.objects.all()[:BATCH])
    if not rows:
        return 0
    engine = ElasticsearchEngine(settings.ELASTICSEARCH_URL)
    keys = {row.key for row in rows}
    present = SearchDocument.objects.filter(key__in=keys).select_related("audience")
    gone = {row.key: row.version for row in rows if row.action == SearchOutbox.Action.DELETE}
    try:
        for document in present:
            gone.pop(document.key, None)
        engine.index(present)
        engine.delete(gone)
    except EngineDownError:
        return 0
    with transaction.atomic():
        SearchOutbox.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def rebuild() -> str:
    """Fill a new Elasticsearch index from the rows and swap it in; the changes since go after."""
    engine = ElasticsearchEngine(settings.ELASTICSEARCH_URL)
    since = SearchOutbox.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = SearchDocument.objects.select_related("audience").iterator(chunk_size=500)
    name = engine.rebuild(rows)
    SearchOutbox.objects.filter(pk__lte=since).delete()
    while deliver():
        pass
    return name
