"""What was typed into a form whose session had ended waits for the sign-in of the same person."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _

from forums.writing import WRITER, writer_token

AFTER_SIGN_IN = "events_typed"  # in the session of a browser that was signed out
LONGEST = 200_000  # letters of one form
_NOT_TYPED = ("csrfmiddlewaretoken", "writer", "submit")

__all__ = ["keeps_typed", "sent_before", "settled", "waited", "writer_token"]


def keeps_typed(view):
    """As `login_required`, but a form that is sent after the session ended is not lost.

    The page must send `writer`, a `writer_token`: nobody else who signs in gets the text.
    """
    guarded = login_required(view)

    @wraps(view)
    def kept(request: HttpRequest, *args, **kwargs):
        if request.method == "POST" and not request.user.is_authenticated:
            _wait(request)
        return guarded(request, *args, **kwargs)

    return kept


def _wait(request: HttpRequest) -> None:
    try:
        writer = signing.loads(request.POST.get("writer", ""), salt=WRITER)
    except signing.BadSignature:
        return
    typed = {name: text for name, text in request.POST.items() if name not in _NOT_TYPED}
    if sum(map(len, typed.values())) <= LONGEST:
        request.session[AFTER_SIGN_IN] = {"path": request.path, "writer": writer, "typed": typed}


def waited(request: HttpRequest) -> dict[str, str]:
    """What this person typed into the form of this address before the sign-in."""
    kept = request.session.get(AFTER_SIGN_IN)
    if not kept or (kept["path"], kept["writer"]) != (request.path, request.user.pk):
        return {}
    return kept["typed"]


def settled(request: HttpRequest) -> None:
    """The form was taken: nothing waits any more."""
    request.session.pop(AFTER_SIGN_IN, None)


def sent_before() -> str:
    """What a form says whose `cid` came before with another text."""
    return _("This form was sent before with another text. Open it anew.")
