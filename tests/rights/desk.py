from desk.models import Request
from tests.rights import SIGNED_IN, Right


def own_request():
    """A request of the demonstration's first pool; who serves it sees it."""
    return [Request.objects.filter(pool__code="NET").first().pk]


def a_step():
    return [*own_request(), "claim"]


READERS = frozenset({"expert", "lead", "host", "leaver", "administrator"})
RIGHTS = {
    "desk:list": Right(SIGNED_IN),
    "desk:file": Right(SIGNED_IN),
    "desk:request": Right(READERS, own_request, refused=404),
    "desk:act": Right(SIGNED_IN, a_step, status=405),
}
