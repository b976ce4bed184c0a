from csp.middleware import CSPMiddleware
from django.conf import settings


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
