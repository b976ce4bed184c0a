from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = _("Search")

    def ready(self):
        from search.engines.elasticsearch import address  # noqa: PLC0415 (models exist only now)
        from search.listeners import connect  # noqa: PLC0415 (models exist only now)

        connect()
        if settings.ELASTICSEARCH_URL:
            address(settings.ELASTICSEARCH_URL)  # a bad one stops the start, not the first search
