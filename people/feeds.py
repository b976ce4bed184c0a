"""Feeds whose entries depend on who reads them."""

from django.contrib.syndication.views import Feed
from django.utils.cache import patch_vary_headers
from django.utils.feedgenerator import Atom1Feed


class ReadersFeed(Feed):
    """An Atom feed of what its reader may see: kept by no shared cache."""

    feed_type = Atom1Feed

    def __call__(self, request, *args, **kwargs):
        response = super().__call__(request, *args, **kwargs)
        response["Cache-Control"] = "private, max-age=300"
        patch_vary_headers(response, ["Cookie"])
        return response
