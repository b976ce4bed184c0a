"""Who plays which part in a request, and so may do what. Services enforce it."""

from desk.models import Request
from desk.states import Move, Part, moves_for
from forums.models import PoolMembership


def parts_of(person, request: Request) -> set[Part]:
    """The parts that `person` plays; an administrator stands in for the lead."""
    parts = set()
    if person.pk == request.requester_id:
        parts.add(Part.REQUESTER)
    if person.pk == request.claimed_by_id:
        parts.add(Part.CLAIMANT)
    role = (
        PoolMembership.objects.serving()
        .filter(person=person, pool=request.pool_id)
        .values_list("role", flat=True)
        .first()
    )
    if role:
        parts.add(Part.EXPERT)
    if role == PoolMembership.Role.LEAD or person.is_superuser:
        parts.add(Part.LEAD)
    return parts


def moves_of(person, request: Request, *, now) -> list[Move]:
    """What `person` may do with `request` now, the likeliest first."""
    moves = moves_for(parts_of(person, request), request.state)
    claimable = request.state != "claimed" or request.claim_lapsed(now)
    return [move for move in moves if move.verb != "claim" or claimable]
