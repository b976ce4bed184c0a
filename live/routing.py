"""Which paths are sockets; everything else is a page."""

from django.urls import re_path

websocket_urlpatterns: list = []


def http_urlpatterns(pages):
    return [re_path(r"", pages)]
