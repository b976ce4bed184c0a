"""Two requests about the same: one goes on, the other's requester follows it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from desk import services
from desk.models import Request, State
from desk.rules import parts_of
from desk.states import OPEN, Part
from people.models import User


class MergeError(Exception):
    """The other request cannot take this one; the message says why."""


@transaction.atomic
def merge(request: Request, *, into: Request, by: User, note: str = "") -> Request:
    """End `request`; its work goes on in `into`, of whose fate its requester is told.

    MergeError where `into` is the same or over, PermissionDenied unless `by` serves both pools.
    """
    # In the order of their numbers: two who merge them into each other meet at the first.
    rows = {row.pk: services.locked(row) for row in sorted([request, into], key=lambda r: r.pk)}
    request, into = rows[request.pk], rows[into.pk]
    if request.merged_into_id == into.pk:
        return request
    if request.pk == into.pk or into.state not in OPEN | {State.DELIVERED}:
        raise MergeError(_("That request cannot take another: it is this one, or it is over."))
    if not parts_of(by, into) & {Part.EXPERT, Part.LEAD}:
        raise PermissionDenied(_("Whoever merges serves the pools of both requests."))
    merged = services.move(
        request, "merge", by=by, note=note, subject=into.receipt, merged_into=into
    )
    request.merged.update(merged_into=into)
    return merged
