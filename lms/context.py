from django.conf import settings
from django.urls import reverse

from lms import demo


def site(request):
    """What base.html needs on every page: at most one query, for the count of unread notices."""
    person = request.user if hasattr(request, "user") else None
    signed_in = bool(person and person.is_authenticated)
    on_sign_in_page = request.path == reverse("account_login")
    return {
        "demo_sign_ins": demo.sign_ins() if on_sign_in_page else [],
        "SITE_NAME": settings.WAGTAIL_SITE_NAME,
        "DEMO": settings.DEMO,
        "silenced_until": getattr(person, "silenced_until", None),
        "unread_notices": person.notices.unread().count() if signed_in else 0,
    }
