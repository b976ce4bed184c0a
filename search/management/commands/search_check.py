import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from search.documents import SOURCES, Document
from search.engines.base import EngineDownError
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.feed import Feed
from search.index import differs, values_of
from search.models import SearchDocument, SearchOutbox


class Command(BaseCommand):
    help = "Compares the database, the search documents and Elasticsearch. Exit 1 if they differ."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, as_json, **options):
        report = self._documents() | self._elasticsearch()
        waiting = SearchOutbox.objects.count()
        if as_json:
            self.stdout.write(json.dumps(report | {"waiting": waiting}))
        else:
            for name, keys in report.items():
                self.stdout.write(f"{name:<24}{len(keys)}")
            self.stdout.write(f"{'waiting':<24}{waiting}")
        if any(report.values()):
            raise CommandError("They differ; search_rebuild makes them equal.", returncode=1)

    def _documents(self) -> dict[str, list[str]]:
        """Documents against what they are made of, audience and all."""
        known = {row.key: row for row in SearchDocument.objects.all()}
        wanted: dict[str, Document] = {}
        for source in SOURCES:
            for row in source.rows().iterator(chunk_size=500):
                wanted |= {document.key: document for document in source.documents(row)}
        both = wanted.keys() & known.keys()
        return {
            "missing": sorted(wanted.keys() - known.keys()),
            "stale": sorted(key for key in both if differs(known[key], values_of(wanted[key]))),
            "surplus": sorted(known.keys() - wanted.keys()),
        }

    def _elasticsearch(self) -> dict[str, list[str]]:
        """Elasticsearch against the documents; what still waits in the outbox is no difference."""
        if not settings.ELASTICSEARCH_URL:
            return {}
        try:
            feed = Feed(ElasticsearchEngine(settings.ELASTICSEARCH_URL))
            live = feed.live()
            there = feed.versions() if live else {}
        except EngineDownError as error:
            raise CommandError(f"Elasticsearch does not answer: {error}", returncode=2) from error
        refused = SearchOutbox.objects.filter(attempts__gt=0).values_list("key", flat=True)
        waiting = set(SearchOutbox.objects.filter(attempts=0).values_list("key", flat=True))
        here = dict(SearchDocument.objects.values_list("key", "version"))
        differ = {key for key in here.keys() | there.keys() if here.get(key) != there.get(key)}
        return {
            "elasticsearch": sorted(differ - waiting),
            "elasticsearch_refused": sorted(set(refused)),
            "elasticsearch_outdated": [name for name in live if not feed.is_current(name)],
        }
