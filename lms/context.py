from django.conf import settings


def site(request):
    """What base.html needs on every page: at most one query, for the count of unread notices."""
    person = request.user if hasattr(request, "user") else None
    signed_in = bool(person and person.is_authenticated)
    return {
        "SITE_NAME": settings.WAGTAIL_SITE_NAME,
        "DEMO": settings.DEMO,
        "unread_notices": person.notices.unread().count() if signed_in else 0,
    }
