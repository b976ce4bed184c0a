"""Who plays which part in a request, and so may do what. Services enforce it."""

from desk.models import Request
from desk.states import Move, Part, moves_for
from forums.rules import may_manage, serves


def parts_of(person, request: Request) -> set[Part]:
    """The parts that `person` plays; an administrator stands in for the lead."""
    parts = set()
    if person.pk == request.requester_id:
        parts.add(Part.REQUESTER)
    if person.pk == request.claimed_by_id:
        parts.add(Part.CLAIMANT)
    if serves(person, request.pool):
        parts.add(Part.EXPERT)
    if may_manage(person, request.pool):
        parts.add(Part.LEAD)
    return parts


def moves_of(person, request: Request, *, now) -> list[Move]:
    """What `person` may do with `request` now, the likeliest first."""
    moves = moves_for(parts_of(person, request), request.state)
    claimable = request.state != "claimed" or request.claim_lapsed(now)
    return [move for move in moves if move.verb != "claim" or claimable]
