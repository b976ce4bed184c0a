import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from search.documents import SOURCES, Document
from search.engines.base import EngineDownError
from search.engines.elasticsearch import ElasticsearchEngine
from search.models import SearchDocument, SearchOutbox


class Command(BaseCommand):
    help = "Compares the database, the search documents and Elasticsearch. Exit 1 if they differ."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, as_json, **options):
        report = {"missing": [], "stale": [], "surplus": [], **self._elasticsearch()}
        known = {row.key: row for row in SearchDocument.objects.all()}
        wanted: dict[str, Document] = {}
        for source in SOURCES:
            for row in source.rows().iterator(chunk_size=500):
                wanted |= {document.key: document for document in source.documents(row)}
        report["missing"] = sorted(wanted.keys() - known.keys())
        report["surplus"] = sorted(known.keys() - wanted.keys())
        report["stale"] = sorted(
            key for key in wanted.keys() & known.keys() if wanted[key].title != known[key].title
        )
        if as_json:
            self.stdout.write(json.dumps(report))
        else:
            for name, keys in report.items():
                self.stdout.write(f"{name:<24}{len(keys)}")
        if any(report.values()):
            raise CommandError("They differ; search_rebuild makes them equal.", returncode=1)

    def _elasticsearch(self) -> dict:
        if not settings.ELASTICSEARCH_URL:
            return {}
        try:
            there = ElasticsearchEngine(settings.ELASTICSEARCH_URL).versions()
        except EngineDownError as error:
            raise CommandError(f"Elasticsearch does not answer: {error}") from error
        waiting = set(SearchOutbox.objects.values_list("key", flat=True))
        here = dict(SearchDocument.objects.values_list("key", "version"))
        differ = {key for key in here.keys() | there.keys() if here.get(key) != there.get(key)}
        return {"elasticsearch": sorted(differ - waiting)}
