import math

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from moderation.limits import SilencedError, TooManyError

SECRET = ("password", "code", "csrfmiddlewaretoken")


class KeepsWhatWasTyped:
    """Too fast (429) or silenced (403): a page with the whole form as it was sent, to send again.

    It serves every form of every room; a view that has a better answer catches the error itself.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, TooManyError):
            seconds = max(1, math.ceil(exception.wait.total_seconds()))
            words = ngettext(
                "That was faster than one person may write. Send it again in %(n)d second.",
                "That was faster than one person may write. Send it again in %(n)d seconds.",
                seconds,
            )
            response = _page(request, _("A moment, please"), words % {"n": seconds}, 429)
            response["Retry-After"] = str(seconds)
            return response
        if isinstance(exception, SilencedError):
            return _page(request, _("Not sent"), str(exception), 403)
        return None


def _page(request, title: str, reason: str, status: int):
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if not any(word in name for word in SECRET)
        for value in values
    ]
    context = {
        "title": title,
        "reason": reason,
        "hidden": [pair for pair in fields if not _typed(pair[1])],
        "typed": [pair for pair in fields if _typed(pair[1])],
        "files": bool(request.FILES),
        "may_send_again": status == 429,
    }
    return render(request, "moderation/refused.html", context, status=status)


def _typed(value: str) -> bool:
    """What a person wrote, rather than a button's value or an id: it has a blank in it."""
    return bool(value.strip()) and len(value.split()) > 1
