"""Pages for gunicorn in production; sockets are served by lms.asgi."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
application = get_wsgi_application()

from certification import keys  # noqa: E402 (settings must be ready)

keys.check()
