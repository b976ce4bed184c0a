"""Which paths are sockets and waiting readers; everything else is a page."""

from django.urls import re_path

from live.consumers import LiveConsumer
from live.gate import gate
from live.threads import signed_in
from live.transports import events, sse

websocket_urlpatterns = [re_path(r"^live/(?P<pk>[0-9]{1,18})/ws$", LiveConsumer.as_asgi())]


def http_urlpatterns(pages):
    return [
        re_path(r"^live/(?P<pk>[0-9]{1,18})/sse$", gate.guard(signed_in(sse))),
        re_path(r"^live/(?P<pk>[0-9]{1,18})/events$", gate.guard(signed_in(events))),
        re_path(r"", pages),
    ]
