"""Which paths are sockets and waiting readers; everything else is a page."""

from channels.auth import AuthMiddlewareStack
from django.urls import re_path

from live.consumers import LiveConsumer
from live.gate import gate
from live.transports import events, sse

websocket_urlpatterns = [re_path(r"^live/(?P<pk>[0-9]{1,18})/ws$", LiveConsumer.as_asgi())]


def http_urlpatterns(pages):
    return [
        re_path(r"^live/(?P<pk>[0-9]{1,18})/sse$", gate.guard(AuthMiddlewareStack(sse))),
        re_path(r"^live/(?P<pk>[0-9]{1,18})/events$", gate.guard(AuthMiddlewareStack(events))),
        re_path(r"", pages),
    ]
