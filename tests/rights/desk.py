from desk.models import Request
from tests.rights import SIGNED_IN, Right


def own_request():
    """A request of the demonstration's first pool; who serves it sees it."""
    return [Request.objects.filter(pool__code="NET").first().pk]


def a_step():
    return [*own_request(), "claim"]


def a_service():
    return ["net-network-fault"]


READERS = frozenset({"expert", "lead", "host", "leaver", "administrator"})
RIGHTS = {
    "desk:list": Right(SIGNED_IN),
    "desk:file": Right(SIGNED_IN),
    "desk:services": Right(SIGNED_IN),
    "desk:service": Right(SIGNED_IN, a_service),
    "desk:new_service": Right(frozenset(), refused=404),  # `?pool=` names one that is led
    "desk:change_service": Right(frozenset({"lead", "administrator"}), a_service),
    "desk:request": Right(READERS, own_request, refused=404),
    "desk:act": Right(SIGNED_IN, a_step, status=405),
}
