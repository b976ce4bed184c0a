from csp.middleware import CSPMiddleware
from django.conf import settings
from django.db import DataError
from django.middleware.gzip import GZipMiddleware

from lms.views import not_found


class ContentSecurityPolicy(CSPMiddleware):
    """The strict policy everywhere; Wagtail's admin prints scripts and styles without a nonce.

    A nonce beside 'unsafe-inline' would cancel it, so the admin gets a policy without one.
    """

    admin_directives = {
        **settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
        "script-src": ["'self'", "'unsafe-inline'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "frame-src": ["'self'"],
    }

    def process_response(self, request, response):
        if request.path.startswith("/admin/"):
            response._csp_config = self.admin_directives
        return super().process_response(request, response)


class GzipOfPages(GZipMiddleware):
    """Pages are packed; files go as they are, whose parts and lengths would be others packed."""

    def process_response(self, request, response):
        if response.has_header("Accept-Ranges"):
            return response
        return super().process_response(request, response)


class NulNamesNothing:
    """A NUL in an address names no row, and PostgreSQL takes none: not found, not an error.

    Pages that have a better answer give it themselves, as forms do.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, DataError) and "%00" in request.get_full_path():
            return not_found(request, exception)
        return None
