from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from search import index
from search.engines.base import EngineDownError
from search.rebuilding import rebuild


class Command(BaseCommand):
    help = (
        "Makes every search document again, and a new Elasticsearch index where one is used. "
        "Can be stopped and run again."
    )

    def handle(self, **options):
        total = index.rebuild(self.stderr.write)
        self.stdout.write(f"{total} documents")
        if not settings.ELASTICSEARCH_URL:
            return
        try:
            made = rebuild(self.stderr.write)
        except EngineDownError as error:
            raise CommandError(
                f"Elasticsearch: {error}. The database has every document; run this again."
            ) from error
        self.stdout.write(f"{made.documents} documents in {made.index}")
        for key, reason in sorted(made.refused.items()):
            self.stderr.write(f"refused: {key}: {reason}")
        if made.refused:
            raise CommandError(f"{len(made.refused)} documents were refused.", returncode=1)
