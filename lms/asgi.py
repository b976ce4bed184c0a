"""One process: pages as WSGI in fixed threads, sockets through Channels.

Pages in fixed threads keep their database connection and a slow page never
stalls a socket (docs/decisions/0003-live-delivery.md has the measurements).
"""

import os

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.wsgi import get_wsgi_application

from lms.patience import with_patience

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

pages = with_patience(WSGIMiddleware(get_wsgi_application(), workers=8))

from certification import keys  # noqa: E402 (settings must be ready)
from live.gate import gate  # noqa: E402 (apps must be ready)
from live.routing import http_urlpatterns, websocket_urlpatterns  # noqa: E402 (apps must be ready)
from live.threads import signed_in  # noqa: E402 (apps must be ready)

keys.check()

application = ProtocolTypeRouter(
    {
        "http": URLRouter([*http_urlpatterns(pages)]),
        "websocket": AllowedHostsOriginValidator(
            gate.guard(signed_in(URLRouter(websocket_urlpatterns)))
        ),
    }
)
