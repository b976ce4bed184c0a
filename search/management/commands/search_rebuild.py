from django.conf import settings
from django.core.management.base import BaseCommand

from search import index, outbox


class Command(BaseCommand):
    help = "Makes every search document again, and a new Elasticsearch index where one is used."

    def handle(self, **options):
        total = index.rebuild(self.stderr.write)
        if settings.ELASTICSEARCH_URL:
            self.stderr.write(f"elasticsearch: {outbox.rebuild()}")
        self.stdout.write(f"{total} documents")
