"""Who plays which part in a request, and so may do what. Services enforce it."""

from desk.models import Request, RequestFile
from desk.states import OVER, Move, Part, State, moves_for
from forums.audiences import pool_roles
from forums.models import ExpertPool
from forums.rules import may_manage, serves
from people.rules import may_keep_registry

POOL = {Part.EXPERT, Part.LEAD}
DONE = frozenset({State.DELIVERED, State.ACCEPTED, State.CLOSED})


def parts_of(person, request: Request) -> set[Part]:
    """The parts that `person` plays; an administrator stands in for the lead."""
    parts = set()
    if person.pk == request.requester_id:
        parts.add(Part.REQUESTER)
    if person.pk == request.claimed_by_id:
        parts.add(Part.CLAIMANT)
    if serves(person, request.pool):
        parts.add(Part.EXPERT)
    if request.second_pool and serves(person, request.second_pool):
        parts.add(Part.SECOND)
    if may_manage(person, request.pool):
        parts.add(Part.LEAD)
    return parts


def moves_of(person, request: Request, *, now) -> list[Move]:
    """What `person` may do with `request` now, the likeliest first."""
    moves = moves_for(parts_of(person, request), request.state)
    claimable = request.state != "claimed" or request.claim_lapsed(now)
    return [move for move in moves if move.verb != "claim" or claimable]


def may_note(person, request: Request) -> bool:
    """Notes are read and written by those who serve the pool."""
    return bool(parts_of(person, request) & POOL)


def may_talk(person, request: Request) -> bool:
    """Requester and pool, not the requester's agency; nobody when it is over."""
    return request.state not in OVER and bool(parts_of(person, request))


def may_take_away(person, row: RequestFile) -> bool:
    """Who sent a file, and who serves the pool: a password may stand in it."""
    return row.by_id == person.pk or may_note(person, row.request)


def may_propose(person, request: Request) -> bool:
    """Who serves the pool proposes when to come."""
    return request.state not in OVER and may_note(person, request)


def may_answer(person, request: Request, verb: str) -> bool:
    """The requester says whether a time suits; either side calls it off."""
    parts = parts_of(person, request)
    return Part.REQUESTER in parts or (verb == "cancel" and bool(parts & POOL))


def may_draft(person, request: Request) -> bool:
    """Requester and pool make knowledge of what was delivered."""
    delivered = request.state in DONE and request.claimed_by_id is not None
    return delivered and bool(parts_of(person, request))


def measured_pools(person):
    """The pools whose measures `person` reads, or None: leads theirs, the parent agency all."""
    if person.is_superuser or may_keep_registry(person):
        return ExpertPool.objects.all()
    led = [code for code, role in pool_roles(person).items() if role == "lead"]
    return ExpertPool.objects.filter(code__in=led) if led else None
